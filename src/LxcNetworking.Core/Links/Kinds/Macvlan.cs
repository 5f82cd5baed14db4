using System.Runtime.CompilerServices;
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

/// <summary>What a macvlan or macvtap has.</summary>
public sealed class MacvlanDetails : LinkDetails
{
    /// <summary>The mode.</summary>
    public MacvlanMode Mode { get; init; }

    /// <summary>The senders that a link in Source mode listens to.</summary>
    public ValueList<MacAddress> SourceMacAddress { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => SourceMacAddress.Count == 0 ? $"mode {Mode}" : $"mode {Mode} from {string.Join(", ", SourceMacAddress)}";
}

/// <summary>A macvlan or macvtap link.</summary>
public sealed class MacvlanLink : NetLink
{
    internal MacvlanLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The mode.</summary>
    public MacvlanMode Mode => ((MacvlanDetails)Details!).Mode;

    /// <summary>The senders that a link in Source mode listens to.</summary>
    public ValueList<MacAddress> SourceMacAddress => ((MacvlanDetails)Details!).SourceMacAddress;
}

internal sealed class MacvlanKind() : LinkKind("macvlan", "macvtap")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new MacvlanKind());

    // IFLA_MACVLAN_* of linux/if_link.h.
    internal const ushort Mode = 1, MacAddrMode = 3, MacAddr = 4, MacAddrData = 5, MacAddrCount = 6;
    private const int HeaderSize = 4, SourceSize = 12;
    internal const uint MacAddrSet = 3;

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
    {
        var mode = MacvlanMode.Vepa;
        var sources = new List<MacAddress>();
        var count = 0;
        foreach (var attribute in new AttributeReader(data.Rest, MacAddrData, _ => SourcesLength(count)))
        {
            if (attribute.Type == MacAddrCount)
                count = (int)attribute.AsUInt32();
            if (attribute.Type == Mode)
                mode = (MacvlanMode)attribute.AsUInt32();
            if (attribute.Type != MacAddrData)
                continue;
            foreach (var source in attribute.Nested)
            {
                if (source.Type == MacAddr && source.Value.Length == 6)
                    sources.Add(new MacAddress(source.Value));
            }
        }

        return new MacvlanDetails { Mode = mode, SourceMacAddress = [.. sources] };
    }

    // Of a macvlan with more than some 5,400 senders; their number tells the length.
    public override int LeastDataLength(ReadOnlySpan<byte> data)
    {
        var reader = new AttributeReader(data[HeaderSize..]);
        var count = 0;
        for (var at = HeaderSize; reader.MoveNext(); at = data.Length - reader.Rest.Length)
        {
            if (reader.Current.Type == MacAddrCount)
                count = (int)reader.Current.AsUInt32();
            else if (reader.Current.Type == MacAddrData)
                return at + SourcesLength(count);
        }

        return 0;
    }

    // A number that cannot be is too long for the message, and refused.
    private static int SourcesLength(int count)
        => (int)Math.Min(int.MaxValue / 2, HeaderSize + ((long)SourceSize * count));

    public override NetLink Create(LinkData data) => data.Details is MacvlanDetails ? new MacvlanLink(data) : new NetLink(data);
}

/// <summary>A further Ethernet address on a parent link, as a link of its own; as a macvtap with a character device for a virtual machine.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="mode">How children of one parent reach each other.</param>
/// <param name="tap">Makes a macvtap.</param>
public sealed class MacvlanSpec(string name, MacvlanMode mode, bool tap = false) : LinkSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => tap ? "macvtap" : "macvlan";

    /// <summary>The senders that a link in Source mode listens to.</summary>
    public IReadOnlyList<MacAddress> SourceMacAddress { get; init; } = [];

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (SourceMacAddress.Count > 0 && mode != MacvlanMode.Source)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"Source addresses for '{Name}' go with the mode Source, not {mode}.", Name);
        foreach (var source in SourceMacAddress)
            CheckMac(source, Name);
    }

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        Native.LibC.EINVAL => $"The parent must be an Ethernet link, and a child in Passthru mode must be its only one: see what is on '{Parent}' already.",
        Native.LibC.EBUSY => $"'{Parent}' is in use by something that excludes macvlans, such as a bridge or bond that it is a port of.",
        _ => null,
    };

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Put(MacvlanKind.Mode, (uint)mode);
        if (SourceMacAddress.Count == 0)
            return;
        data.Put(MacvlanKind.MacAddrMode, MacvlanKind.MacAddrSet);
        data.Nest(MacvlanKind.MacAddrData, list =>
        {
            foreach (var source in SourceMacAddress)
                list.Put(MacvlanKind.MacAddr, source.ToArray());
        });
    }
}
