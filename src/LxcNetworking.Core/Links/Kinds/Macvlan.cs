using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>How a macvlan's children reach each other (MACVLAN_MODE_* of linux/if_link.h).</summary>
public enum MacvlanMode
{
    /// <summary>They never do, not even through a switch that sends frames back.</summary>
    Private = 1,

    /// <summary>Only through a switch that sends frames back (hairpin).</summary>
    Vepa = 2,

    /// <summary>Directly.</summary>
    Bridge = 4,

    /// <summary>There is one child alone, which takes over the parent's address.</summary>
    Passthru = 8,

    /// <summary>Each child takes frames only from the senders that it lists.</summary>
    Source = 16,
}

/// <summary>What a macvlan does otherwise than usual (MACVLAN_FLAG_* of linux/if_link.h).</summary>
[Flags]
public enum MacvlanFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A child in Passthru mode leaves the parent out of promiscuous mode.</summary>
    NoPromiscuous = 1,

    /// <summary>A frame whose sender a child in Source mode lists goes to that child alone, not also to the one that
    /// has the receiver's address.</summary>
    NoDestination = 2,
}

/// <summary>What a macvlan or macvtap has (IFLA_MACVLAN_* of linux/if_link.h).</summary>
[LinkKind("macvlan", "macvtap", Link = typeof(MacvlanLink), TakesNoPorts = true, HasOwnMacAddress = true)]
public sealed partial record MacvlanSettings : LinkSettings
{
    private const int IFLA_MACVLAN_MACADDR_DATA = 5, IFLA_MACVLAN_MACADDR_COUNT = 6;
    private const int HeaderSize = 4, SourceSize = 12;

    /// <summary>The mode. Passthru is chosen when the link is created.</summary>
    [Nla(1, Wire.U32, Absent = MacvlanMode.Vepa)]
    public MacvlanMode? Mode { get; init; }

    /// <summary>What it does otherwise than usual.</summary>
    [Nla(2, Wire.U16, Absent = MacvlanFlags.None)]
    public MacvlanFlags? Flag { get; init; }

    /// <summary>How many broadcast and multicast packets it asks to have queued, 0 to drop all of them; the parent
    /// takes the largest number that any child asks for.</summary>
    [Nla(7, Wire.U32, Since = "5.11")]
    public long? BroadcastQueueLength { get; init; }

    /// <summary>How many broadcast and multicast packets the parent queues for all its children.</summary>
    [Nla(8, Wire.U32, Access = Access.ReadOnly)]
    public long? BroadcastQueueLengthUsed { get; init; }

    /// <summary>Up to how many children that receive a multicast packet the parent hands it to at once instead of by
    /// the queue; -1 always does. It is one number for all children of a parent.</summary>
    [Nla(9, Wire.S32, Min = -1, Absent = 1, Since = "6.4")]
    public int? BroadcastQueueThreshold { get; init; }

    /// <summary>The senders that a link in Source mode listens to.</summary>
    [Nla(IFLA_MACVLAN_MACADDR_DATA, Wire.Custom, Codec = typeof(MacvlanSources))]
    public ValueList<MacAddress>? SourceMacAddress { get; init; }

    /// <summary>Senders that a change adds.</summary>
    public ValueList<MacAddress>? AddedSourceMacAddress { get; init; }

    /// <summary>Senders that a change takes out.</summary>
    public ValueList<MacAddress>? RemovedSourceMacAddress { get; init; }

    // One message adds or takes out one sender; a new list in one message would leave a moment without any.
    internal override IReadOnlyList<SettingStep> FurtherSteps =>
    [
        .. (AddedSourceMacAddress ?? []).Select(source => MacvlanSources.Step(source, isAdded: true)),
        .. (RemovedSourceMacAddress ?? []).Select(source => MacvlanSources.Step(source, isAdded: false)),
    ];

    private bool NamesSources => SourceMacAddress is { Count: > 0 } || AddedSourceMacAddress is { Count: > 0 }
        || RemovedSourceMacAddress is { Count: > 0 };

    internal override string? Problem => NamesSources && Mode is not (null or MacvlanMode.Source)
        ? $"source addresses go with the mode Source, not {Mode}" : null;

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
        var now = (MacvlanSettings)link.Details!;
        var mode = Mode ?? now.Mode;
        if (mode == MacvlanMode.Passthru != (now.Mode == MacvlanMode.Passthru))
        {
            throw Misfit(
                link, "mode Passthru is chosen when the link is created and stays, as it is the parent's only child");
        }

        if (NamesSources && mode != MacvlanMode.Source)
            throw Misfit(link, $"source addresses go with the mode Source, and it is in mode {mode}");
        foreach (var source in SourceMacAddress ?? AddedSourceMacAddress ?? [])
            LinkSpec.CheckMac(source, link.Name);
        // Another mode forgets the senders.
        var before = now.Mode == MacvlanMode.Source && mode == now.Mode ? now.SourceMacAddress ?? [] : [];
        var after = (SourceMacAddress ?? before).Union(AddedSourceMacAddress ?? [])
            .Except(RemovedSourceMacAddress ?? []).ToList();
        return this with
        {
            SourceMacAddress = null,
            AddedSourceMacAddress = [.. after.Except(before)],
            RemovedSourceMacAddress = [.. before.Except(after)],
        };
    }

    private static NetworkException Misfit(NetLink link, string problem) => new(
        NetworkErrorCode.InvalidArgument, $"The settings for '{link.Name}' cannot be: {problem}.", link.Name);

    /// <inheritdoc/>
    public override string ToString() => SourceMacAddress is { Count: > 0 } sources
        ? $"mode {Mode} from {sources}" : $"mode {Mode}";

    // The length of a list of more than some 5,400 senders wraps; their number, which comes before it, tells it.
    internal static int LeastDataLength(ReadOnlySpan<byte> data)
    {
        var reader = new AttributeReader(data[HeaderSize..]);
        var count = 0;
        for (var at = HeaderSize; reader.MoveNext(); at = data.Length - reader.Rest.Length)
        {
            if (reader.Current.Type == IFLA_MACVLAN_MACADDR_COUNT)
                count = (int)reader.Current.AsUInt32();
            else if (reader.Current.Type == IFLA_MACVLAN_MACADDR_DATA)
                return at + SourcesLength(count);
        }

        return 0;
    }

    internal static AttributeReader Attributes(AttributeReader data)
    {
        var before = data;
        while (before.MoveNext() && before.Current.Type != IFLA_MACVLAN_MACADDR_DATA)
        {
            if (before.Current.Type == IFLA_MACVLAN_MACADDR_COUNT && before.Current.AsUInt32() is var count and > 5000)
                return new AttributeReader(data.Rest, IFLA_MACVLAN_MACADDR_DATA, _ => SourcesLength((int)count));
        }

        return data;
    }

    // A number that cannot be is too long for the message, and refused.
    private static int SourcesLength(int count)
        => (int)Math.Min(int.MaxValue / 2, HeaderSize + ((long)SourceSize * count));

    internal override LinkSpec NewSpec(string name, string kind)
        => new MacvlanSpec(name, this, kind == "macvtap");
}

/// <summary>A macvlan or macvtap link.</summary>
public sealed partial class MacvlanLink : NetLink;

/// <summary>Reads and writes the senders of a macvlan in Source mode.</summary>
internal static class MacvlanSources
{
    private const ushort IFLA_MACVLAN_MACADDR_MODE = 3, IFLA_MACVLAN_MACADDR = 4;
    private const uint MACVLAN_MACADDR_ADD = 0, MACVLAN_MACADDR_DEL = 1, MACVLAN_MACADDR_SET = 3;

    public static ValueList<MacAddress> Read(NetlinkAttribute attribute)
    {
        var sources = new List<MacAddress>();
        foreach (var source in attribute.Nested)
        {
            if (source.Type == IFLA_MACVLAN_MACADDR && source.Value.Length == 6)
                sources.Add(new MacAddress(source.Value));
        }

        return [.. sources];
    }

    /// <summary>Adds one sender or takes it out.</summary>
    public static SettingStep Step(MacAddress source, bool isAdded)
        => new(data => Put(data, source, isAdded), data => Put(data, source, !isAdded));

    private static void Put(NetlinkRequest data, MacAddress source, bool isAdded)
        => data.Put(IFLA_MACVLAN_MACADDR_MODE, isAdded ? MACVLAN_MACADDR_ADD : MACVLAN_MACADDR_DEL)
            .Put(IFLA_MACVLAN_MACADDR, source.ToArray());

    public static void Write(NetlinkRequest request, ushort type, ValueList<MacAddress> sources)
    {
        if (sources.Count == 0)
            return;
        request.Put(IFLA_MACVLAN_MACADDR_MODE, MACVLAN_MACADDR_SET).Nest(type, list =>
        {
            foreach (var source in sources)
                list.Put(IFLA_MACVLAN_MACADDR, source.ToArray());
        });
    }
}

/// <summary>A further Ethernet address on a parent link, as a link of its own; as a macvtap with a character device
/// for a virtual machine.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings, with a mode.</param>
/// <param name="tap">Makes a macvtap.</param>
public sealed class MacvlanSpec(string name, MacvlanSettings settings, bool tap = false) : LinkSpec(name, settings)
{
    /// <summary>A macvlan or macvtap in a mode.</summary>
    /// <param name="name">The new link's name.</param>
    /// <param name="mode">How children of one parent reach each other.</param>
    /// <param name="tap">Makes a macvtap.</param>
    public MacvlanSpec(string name, MacvlanMode mode, bool tap = false)
        : this(name, new MacvlanSettings { Mode = mode }, tap)
    {
    }

    /// <inheritdoc/>
    public override string Kind => tap ? "macvtap" : "macvlan";

    // In passthru mode it has its parent's.
    internal override bool HasOwnMacAddress => settings.Mode != MacvlanMode.Passthru;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (settings is { Mode: null, SourceMacAddress.Count: > 0 })
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The settings for '{Name}' cannot be: source addresses go with the mode Source.",
                Name);
        }

        foreach (var source in settings.SourceMacAddress ?? [])
            CheckMac(source, Name);
    }

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        Native.LibC.EINVAL => "The parent must be an Ethernet link, and a child in Passthru mode must be its only one: "
            + $"see what is on '{Parent}' already.",
        Native.LibC.EBUSY => $"'{Parent}' is in use by something that excludes macvlans, such as a bridge or bond that "
            + "it is a port of.",
        _ => null,
    };
}
