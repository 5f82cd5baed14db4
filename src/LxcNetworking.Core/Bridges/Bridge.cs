using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>What a bridge has (IFLA_BR_* of linux/if_link.h).</summary>
public sealed class BridgeDetails : LinkDetails
{
    /// <summary>Whether it speaks the spanning tree protocol.</summary>
    public bool Stp { get; internal set; }

    /// <summary>Whether it looks at VLAN tags; null where the kernel cannot.</summary>
    public bool? VlanFiltering { get; internal set; }

    /// <summary>The VLAN of untagged frames, or 0; null where the kernel cannot filter VLANs.</summary>
    public int? DefaultVlanId { get; internal set; }

    /// <summary>How long a port listens and learns before it forwards.</summary>
    public Duration ForwardDelay { get; internal set; } = TimeSpan.Zero;

    /// <summary>The time between hello messages.</summary>
    public Duration HelloTime { get; internal set; } = TimeSpan.Zero;

    /// <summary>How old a message may get before its sender counts as gone.</summary>
    public Duration MaxAge { get; internal set; } = TimeSpan.Zero;

    /// <summary>How long a learned address is kept.</summary>
    public Duration AgeingTime { get; internal set; } = TimeSpan.Zero;

    /// <summary>The priority in the election of the root; lower wins.</summary>
    public int Priority { get; internal set; }

    /// <summary>Whether multicast goes only where it was asked for.</summary>
    public bool? MulticastSnooping { get; internal set; }

    /// <summary>Its identity: priority and address.</summary>
    public string BridgeId { get; internal set; } = string.Empty;

    /// <summary>The identity of the spanning tree's root.</summary>
    public string RootId { get; internal set; } = string.Empty;

    /// <inheritdoc/>
    public override string ToString() => $"id {BridgeId}, STP {(Stp ? "on" : "off")}";
}

/// <summary>A bridge: a software switch.</summary>
public sealed class BridgeLink : NetLink
{
    internal BridgeLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The names of its ports; filled in by <see cref="BridgeOperations"/>, empty otherwise.</summary>
    public ValueList<string> Ports { get; internal set; } = [];

    /// <summary>Whether it speaks the spanning tree protocol.</summary>
    public bool Stp => Bridge.Stp;

    /// <summary>Its identity: priority and address, as brctl shows it.</summary>
    public string BridgeId => Bridge.BridgeId;

    /// <summary>Whether it looks at VLAN tags; null where the kernel cannot.</summary>
    public bool? VlanFiltering => Bridge.VlanFiltering;

    /// <summary>How long a port listens and learns before it forwards.</summary>
    public Duration ForwardDelay => Bridge.ForwardDelay;

    /// <summary>How long a learned address is kept.</summary>
    public Duration AgeingTime => Bridge.AgeingTime;

    /// <summary>How often it says hello to other bridges.</summary>
    public Duration HelloTime => Bridge.HelloTime;

    /// <summary>How long it believes what another bridge said.</summary>
    public Duration MaxAge => Bridge.MaxAge;

    /// <summary>Its priority in the spanning tree; the lowest becomes the root.</summary>
    public int Priority => Bridge.Priority;

    /// <summary>The identity of the spanning tree's root; its own without STP.</summary>
    public string RootId => Bridge.RootId;

    /// <summary>The VLAN of untagged frames at new ports; null where the kernel has none.</summary>
    public int? DefaultVlanId => Bridge.DefaultVlanId;

    /// <summary>Whether multicast goes only where it was asked for; null where the kernel cannot.</summary>
    public bool? MulticastSnooping => Bridge.MulticastSnooping;

    private BridgeDetails Bridge => (BridgeDetails)Details!;
}

internal sealed class BridgeKind() : LinkKind("bridge")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new BridgeKind());

    // IFLA_BR_* of linux/if_link.h.
    internal const ushort ForwardDelay = 1, HelloTime = 2, MaxAge = 3, AgeingTime = 4, StpState = 5, Priority = 6, VlanFiltering = 7,
        RootId = 10, BridgeId = 11, McastSnooping = 23, VlanDefaultPvid = 39;

    // The kernel gives and takes these times in USER_HZ, hundredths of a second on every architecture.
    internal static uint ToTicks(TimeSpan time) => (uint)Math.Clamp(Math.Round(time.TotalSeconds * 100), 0, uint.MaxValue);

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
    {
        var result = new BridgeDetails();
        foreach (var attribute in data)
        {
            switch (attribute.Type)
            {
                case ForwardDelay: result.ForwardDelay = Ticks(attribute); break;
                case HelloTime: result.HelloTime = Ticks(attribute); break;
                case MaxAge: result.MaxAge = Ticks(attribute); break;
                case AgeingTime: result.AgeingTime = Ticks(attribute); break;
                case StpState: result.Stp = attribute.AsUInt32() != 0; break;
                case Priority: result.Priority = attribute.AsUInt16(); break;
                case VlanFiltering: result.VlanFiltering = attribute.AsByte() != 0; break;
                case VlanDefaultPvid: result.DefaultVlanId = attribute.AsUInt16(); break;
                case McastSnooping: result.MulticastSnooping = attribute.AsByte() != 0; break;
                case BridgeId: result.BridgeId = Identity(attribute); break;
                case RootId: result.RootId = Identity(attribute); break;
            }
        }

        return result;
    }

    public override NetLink Create(LinkData data) => data.Details is BridgeDetails ? new BridgeLink(data) : new NetLink(data);

    private static TimeSpan Ticks(NetlinkAttribute attribute) => TimeSpan.FromMilliseconds(attribute.AsUInt32() * 10L);

    // struct ifla_bridge_id: two bytes of priority in network order, six of address; written as brctl does.
    private static string Identity(NetlinkAttribute attribute) => attribute.Value.Length != 8
        ? throw new NetlinkProtocolException($"A bridge identity has {attribute.Value.Length} bytes where 8 were expected.")
        : string.Create(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(attribute.Value):x4}.{new MacAddress(attribute.Value[2..]).ToString().Replace(":", string.Empty, StringComparison.Ordinal)}");
}

/// <summary>The settings of a bridge; null leaves the kernel's default or the present value.</summary>
public sealed record BridgeSettings
{
    /// <summary>Speak the spanning tree protocol.</summary>
    public bool? Stp { get; init; }

    /// <summary>Look at VLAN tags.</summary>
    public bool? VlanFiltering { get; init; }

    /// <summary>The VLAN of untagged frames: 1 to 4094, or 0 for none.</summary>
    public int? DefaultVlanId { get; init; }

    /// <summary>How long a port listens and learns before it forwards: 2 to 30 seconds with STP, 0 to 30 without.</summary>
    public TimeSpan? ForwardDelay { get; init; }

    /// <summary>The time between hello messages: 1 to 10 seconds.</summary>
    public TimeSpan? HelloTime { get; init; }

    /// <summary>How old a message may get: 6 to 40 seconds.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>How long a learned address is kept.</summary>
    public TimeSpan? AgeingTime { get; init; }

    /// <summary>The priority in the election of the root: 0 to 65535, lower wins.</summary>
    public int? Priority { get; init; }

    /// <summary>Whether multicast goes only where it was asked for.</summary>
    public bool? MulticastSnooping { get; init; }

    internal bool IsEmpty => this == new BridgeSettings();

    internal void Write(NetlinkRequest data)
    {
        if (ForwardDelay is { } delay)
            data.Put(BridgeKind.ForwardDelay, BridgeKind.ToTicks(delay));
        if (HelloTime is { } hello)
            data.Put(BridgeKind.HelloTime, BridgeKind.ToTicks(hello));
        if (MaxAge is { } age)
            data.Put(BridgeKind.MaxAge, BridgeKind.ToTicks(age));
        if (AgeingTime is { } ageing)
            data.Put(BridgeKind.AgeingTime, BridgeKind.ToTicks(ageing));
        if (Stp is { } stp)
            data.Put(BridgeKind.StpState, stp ? 1u : 0u);
        if (Priority is { } priority)
            data.Put(BridgeKind.Priority, (ushort)priority);
        if (VlanFiltering is { } filtering)
            data.Put(BridgeKind.VlanFiltering, (byte)(filtering ? 1 : 0));
        if (DefaultVlanId is { } vlan)
            data.Put(BridgeKind.VlanDefaultPvid, (ushort)vlan);
        if (MulticastSnooping is { } snooping)
            data.Put(BridgeKind.McastSnooping, (byte)(snooping ? 1 : 0));
    }

    internal void Validate(string name)
    {
        var problem = this switch
        {
            { Priority: < 0 or > ushort.MaxValue } => "a priority is 0 to 65535",
            { DefaultVlanId: < 0 or > 4094 } => "a VLAN id is 1 to 4094, or 0 for none",
            _ when new[] { ForwardDelay, HelloTime, MaxAge, AgeingTime }.Any(time => time < TimeSpan.Zero) => "a time cannot be negative",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The settings for bridge '{name}' cannot be: {problem}.", name);
    }
}

/// <summary>A bridge.</summary>
/// <param name="name">The new bridge's name.</param>
/// <param name="settings">Its settings.</param>
public sealed class BridgeSpec(string name, BridgeSettings? settings = null) : LinkSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => "bridge";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        settings?.Validate(Name);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
        => settings is { VlanFiltering: not null } or { DefaultVlanId: not null }
            && refusal.KernelMessage?.Contains("Unknown device type", StringComparison.Ordinal) != true
            ? BridgeVlans.LacksFiltering(refusal, Name) : null;

    internal override Hint? RefusalHint(int errno) => BridgeOperations.SettingsHint(settings, errno);

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data) => settings?.Write(data);
}
