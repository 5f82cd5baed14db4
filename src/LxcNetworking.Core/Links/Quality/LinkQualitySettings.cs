using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>
/// How a link is to treat what goes through it: what is null stays as it is, and what is zero goes.
/// </summary>
public sealed record LinkQualitySettings
{
    /// <summary>The packets that wait at most where nothing else is said, as for tc(8).</summary>
    internal const int DefaultLimit = 1000;

    // A signed number of 32 bits of nanoseconds.
    private static readonly TimeSpan s_mostJitter = TimeSpan.FromMilliseconds(2147);
    private static readonly TimeSpan s_mostDelay = TimeSpan.FromHours(1);

    /// <summary>How long each packet is held back.</summary>
    public Duration? Delay { get; init; }

    /// <summary>How much longer or shorter than <see cref="Delay"/> that is at random.</summary>
    public Duration? Jitter { get; init; }

    /// <summary>How much a packet's jitter is like that of the packet before.</summary>
    public Percentage? DelayCorrelation { get; init; }

    /// <summary>The packets that are lost.</summary>
    public Percentage? Loss { get; init; }

    /// <summary>How much a packet's loss depends on that of the packet before.</summary>
    public Percentage? LossCorrelation { get; init; }

    /// <summary>The packets that come twice.</summary>
    public Percentage? Duplicate { get; init; }

    /// <summary>How much that depends on the packet before.</summary>
    public Percentage? DuplicateCorrelation { get; init; }

    /// <summary>The packets of which one bit is wrong.</summary>
    public Percentage? Corrupt { get; init; }

    /// <summary>How much that depends on the packet before.</summary>
    public Percentage? CorruptCorrelation { get; init; }

    /// <summary>The packets that are not held back, and so come before others.</summary>
    public Percentage? Reorder { get; init; }

    /// <summary>How much that depends on the packet before.</summary>
    public Percentage? ReorderCorrelation { get; init; }

    /// <summary>The bits that go through in a second.</summary>
    public BitRate? Rate { get; init; }

    /// <summary>The bytes that go through at once after a pause, where there is nothing but a rate; null for what
    /// ten milliseconds of the rate or ten of the link's frames hold, whichever is more.</summary>
    public long? Burst { get; init; }

    /// <summary>The packets that wait at most; more are dropped. Null for 1000.</summary>
    public long? Limit { get; init; }

    /// <summary>Whether a link with these is as it would be without.</summary>
    internal bool IsNothing => this with { Limit = null, Burst = null } == new LinkQualitySettings() && Limit is null;

    /// <summary>Whether only a rate is said, which a token bucket does; all else is netem's.</summary>
    internal bool IsRateAlone
        => Rate is not null && this with { Rate = null, Burst = null } == new LinkQualitySettings();

    /// <summary>These, and what they do not say as it is now. What is zero is gone, and what cannot be without it
    /// too.</summary>
    internal LinkQualitySettings Over(LinkQualitySettings now)
    {
        var delay = Delay ?? now.Delay;
        var loss = Loss ?? now.Loss;
        var duplicate = Duplicate ?? now.Duplicate;
        var corrupt = Corrupt ?? now.Corrupt;
        var isDelayed = IsSome(delay);
        var jitter = Jitter ?? (isDelayed ? now.Jitter : null);
        var reorder = Reorder ?? (isDelayed ? now.Reorder : null);
        var result = new LinkQualitySettings
        {
            Delay = NotZero(delay),
            Jitter = NotZero(jitter),
            DelayCorrelation = NotZero(DelayCorrelation ?? (IsSome(jitter) ? now.DelayCorrelation : null)),
            Loss = NotZero(loss),
            LossCorrelation = NotZero(LossCorrelation ?? (IsSome(loss) ? now.LossCorrelation : null)),
            Duplicate = NotZero(duplicate),
            DuplicateCorrelation
                = NotZero(DuplicateCorrelation ?? (IsSome(duplicate) ? now.DuplicateCorrelation : null)),
            Corrupt = NotZero(corrupt),
            CorruptCorrelation = NotZero(CorruptCorrelation ?? (IsSome(corrupt) ? now.CorruptCorrelation : null)),
            Reorder = NotZero(reorder),
            ReorderCorrelation = NotZero(ReorderCorrelation ?? (IsSome(reorder) ? now.ReorderCorrelation : null)),
            Rate = (Rate ?? now.Rate) is { IsZero: false } rate ? rate : null,
            Limit = (Limit ?? now.Limit) is var limit and not (0 or DefaultLimit) ? limit : null,
        };
        var burst = Burst ?? (result.IsRateAlone ? now.Burst : null);
        return result with { Burst = burst is 0 ? null : burst };
    }

    /// <summary>These, with zero for what they do not say, so that nothing of another quality stays.</summary>
    internal LinkQualitySettings Whole()
    {
        var none = new Percentage(0);
        return new()
        {
            Delay = Delay ?? TimeSpan.Zero,
            Jitter = Jitter ?? TimeSpan.Zero,
            DelayCorrelation = DelayCorrelation ?? none,
            Loss = Loss ?? none,
            LossCorrelation = LossCorrelation ?? none,
            Duplicate = Duplicate ?? none,
            DuplicateCorrelation = DuplicateCorrelation ?? none,
            Corrupt = Corrupt ?? none,
            CorruptCorrelation = CorruptCorrelation ?? none,
            Reorder = Reorder ?? none,
            ReorderCorrelation = ReorderCorrelation ?? none,
            Rate = Rate ?? new BitRate(0),
            Burst = Burst ?? 0,
            Limit = Limit ?? 0,
        };
    }

    /// <summary>Checks what is left after <see cref="Over"/>.</summary>
    /// <param name="link">The link's name.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(string link)
    {
        var (problem, missing) = this switch
        {
            { Delay: { } delay } when delay < TimeSpan.Zero || delay > s_mostDelay
                => ($"the delay {delay} is not from 0 to an hour", null),
            { Jitter: { } jitter } when jitter < TimeSpan.Zero || jitter > s_mostJitter
                => ($"the jitter {jitter} is not from 0 to 2.147 seconds", null),
            { Jitter: not null, Delay: null } => ("jitter is about a delay, and there is none", nameof(Delay)),
            { Reorder: not null, Delay: null }
                => ("packets overtake others that are held back, and there is no delay", nameof(Delay)),
            { DelayCorrelation: not null, Jitter: null }
                => ("a delay's correlation is about its jitter, and there is none", nameof(Jitter)),
            { LossCorrelation: not null, Loss: null } => ("there is no loss to correlate", nameof(Loss)),
            { DuplicateCorrelation: not null, Duplicate: null }
                => ("there are no duplicates to correlate", nameof(Duplicate)),
            { CorruptCorrelation: not null, Corrupt: null }
                => ("there is no corruption to correlate", nameof(Corrupt)),
            { ReorderCorrelation: not null, Reorder: null }
                => ("there is no reordering to correlate", nameof(Reorder)),
            { Rate.BitsPerSecond: < 8 } => ($"the rate {Rate} is less than a byte in a second", null),
            { Burst: not null, Rate: null } => ("a burst is about a rate, and there is none", nameof(Rate)),
            { Burst: < 0 or > uint.MaxValue } => ($"a burst of {Burst} bytes cannot be", null),
            { Burst: not null, IsRateAlone: false }
                => ("a burst goes with a rate alone: netem, which does all else, has none", null),
            { Limit: < 0 or > uint.MaxValue } => ($"{Limit} waiting packets cannot be", null),
            _ => (null, (string?)null),
        };
        if (problem is null)
            return;
        throw new NetworkException(
            NetworkErrorCode.InvalidArgument, $"The quality of '{link}' cannot be set so: {problem}.", link)
        {
            Advice = missing is null ? [] : [Advice.Give(missing)],
        };
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var parts = new List<string>();
        void Say(string name, object? value, params object?[] more)
        {
            if (value is not null)
                parts.Add($"{name} {string.Join(' ', [value, .. more.OfType<object>()])}");
        }

        Say("delay", Shown(Delay), Shown(Jitter), DelayCorrelation);
        Say("loss", Loss, LossCorrelation);
        Say("duplicate", Duplicate, DuplicateCorrelation);
        Say("corrupt", Corrupt, CorruptCorrelation);
        Say("reorder", Reorder, ReorderCorrelation);
        Say("rate", Rate);
        Say("burst", Burst);
        Say("limit", Limit);
        return parts.Count == 0 ? "nothing" : string.Join(' ', parts);
    }

    private static string? Shown(Duration? time) => time is null ? null
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.####}ms");

    private static bool IsSome(Duration? time) => time is not null && time.Ticks != 0;

    private static bool IsSome(Percentage? part) => part is { IsZero: false };

    private static Duration? NotZero(Duration? time) => IsSome(time) ? time : null;

    private static Percentage? NotZero(Percentage? part) => IsSome(part) ? part : null;
}
