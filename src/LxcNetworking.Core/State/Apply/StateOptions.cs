using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>How a document is applied.</summary>
public sealed record StateOptions
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1), s_longest = TimeSpan.FromDays(1);

    /// <summary>Takes over what somebody else made.</summary>
    public bool Adopt { get; init; }

    /// <summary>Does also what interrupts others: links of others go with a link that is made again or
    /// removed.</summary>
    public bool Force { get; init; }

    /// <summary>Waits for links and namespaces that are not there and that the document does not make, such as a
    /// network card that comes later, as for containers that do not run: what needs them is pending. Otherwise they
    /// are errors.</summary>
    public bool AllowMissing { get; init; }

    /// <summary>The things that are done; all others are left as they are, and not told of. Null for all.</summary>
    internal IReadOnlySet<StateKey>? Only { get; init; }

    /// <summary>Links and namespaces that are waited for as if they were not there.</summary>
    internal IReadOnlySet<StateKey> NotYet { get; init; } = new HashSet<StateKey>();

    /// <summary>Which things that an earlier document of the same name made, and this one does not have, are left and
    /// stay that document's; none where nothing is said.</summary>
    internal Func<StateKey, bool> Keeps { get; init; } = static _ => false;

    /// <summary>
    /// How long a confirmation is waited for: unless it comes, what was there before is put back, by a process of its
    /// own. It begins when all is applied, and the time that the machine is suspended counts (CLOCK_BOOTTIME of
    /// clock_gettime(2)). From a second to a day; null where nobody need confirm.
    /// </summary>
    /// <exception cref="NetworkException">InvalidArgument: shorter or longer.</exception>
    public TimeSpan? ConfirmTimeout
    {
        get;
        init => field = value is null || (value >= s_shortest && value <= s_longest) ? value
            : throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "A confirmation can be waited for from one second to one day.",
                value.ToString());
    }
}
