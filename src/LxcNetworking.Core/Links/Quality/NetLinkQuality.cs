using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>How a link treats what goes through it in one direction, as it was when it was read.</summary>
public sealed class NetLinkQuality
{
    internal NetLinkQuality(NetLink link, QualityDirection direction, LinkQueue queue)
    {
        (InterfaceAlias, InterfaceIndex, Namespace) = (link.Name, link.Index, link.Namespace);
        (Direction, Queue) = (direction, queue);
    }

    /// <summary>The link.</summary>
    public string InterfaceAlias { get; }

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Out or In.</summary>
    public QualityDirection Direction { get; }

    /// <inheritdoc cref="LinkQualitySettings.Delay"/>
    public Duration? Delay => Settings.Delay;

    /// <inheritdoc cref="LinkQualitySettings.Jitter"/>
    public Duration? Jitter => Settings.Jitter;

    /// <inheritdoc cref="LinkQualitySettings.DelayCorrelation"/>
    public Percentage? DelayCorrelation => Settings.DelayCorrelation;

    /// <inheritdoc cref="LinkQualitySettings.Loss"/>
    public Percentage? Loss => Settings.Loss;

    /// <inheritdoc cref="LinkQualitySettings.LossCorrelation"/>
    public Percentage? LossCorrelation => Settings.LossCorrelation;

    /// <inheritdoc cref="LinkQualitySettings.Duplicate"/>
    public Percentage? Duplicate => Settings.Duplicate;

    /// <inheritdoc cref="LinkQualitySettings.DuplicateCorrelation"/>
    public Percentage? DuplicateCorrelation => Settings.DuplicateCorrelation;

    /// <inheritdoc cref="LinkQualitySettings.Corrupt"/>
    public Percentage? Corrupt => Settings.Corrupt;

    /// <inheritdoc cref="LinkQualitySettings.CorruptCorrelation"/>
    public Percentage? CorruptCorrelation => Settings.CorruptCorrelation;

    /// <inheritdoc cref="LinkQualitySettings.Reorder"/>
    public Percentage? Reorder => Settings.Reorder;

    /// <inheritdoc cref="LinkQualitySettings.ReorderCorrelation"/>
    public Percentage? ReorderCorrelation => Settings.ReorderCorrelation;

    /// <inheritdoc cref="LinkQualitySettings.Rate"/>
    public BitRate? Rate => Settings.Rate;

    /// <summary>The bytes that go through at once after a pause, where there is nothing but a rate.</summary>
    public long? Burst => Settings.Burst;

    /// <summary>The packets that wait at most; null for a queue that counts bytes or is of another sort.</summary>
    public long? Limit => Queue.Limit;

    /// <summary>The bytes that wait at most; null for a queue that counts packets or is of another sort.</summary>
    public long? LimitBytes => Queue.LimitBytes;

    /// <summary>The kernel's name for what does it: netem, tbf, another queueing discipline's.</summary>
    public string QueueDiscipline => Queue.Kind;

    /// <summary>True if another program set it up.</summary>
    public bool IsForeign => !Queue.IsOwn;

    /// <summary>What there is besides and has no property here.</summary>
    public ValueList<string> Other => Queue.Other;

    /// <summary>The bytes that went through.</summary>
    public ulong SentBytes => Queue.Counters.Bytes;

    /// <summary>The packets that went through.</summary>
    public ulong SentPackets => Queue.Counters.Packets;

    /// <summary>The packets that were dropped.</summary>
    public long Dropped => Queue.Counters.Drops;

    /// <summary>How often something had to wait for the rate.</summary>
    public long Overlimits => Queue.Counters.Overlimits;

    /// <summary>The packets that wait now.</summary>
    public long QueuedPackets => Queue.Counters.Queued;

    /// <summary>The bytes that wait now.</summary>
    public long QueuedBytes => Queue.Counters.Backlog;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>All of this as what a change says, which makes another link's quality the same.</summary>
    /// <param name="changes">What is to be otherwise; null for nothing.</param>
    /// <returns>The settings, of which none is null that a link can have.</returns>
    public LinkQualitySettings With(LinkQualitySettings? changes = null)
        => (changes ?? new()).Over(Settings).Whole();

    internal LinkQueue Queue { get; }

    internal LinkQualitySettings Settings => Queue.Settings;

    /// <inheritdoc/>
    public override string ToString() => $"{InterfaceAlias} {Direction}: {Settings}";
}
