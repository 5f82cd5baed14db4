using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>By which protocol every frame goes two ways (HSR_PROTOCOL_* of linux/if_link.h).</summary>
public enum HsrProtocol
{
    /// <summary>Round a ring, both ways (High-availability Seamless Redundancy).</summary>
    Hsr,

    /// <summary>Over two networks (Parallel Redundancy Protocol).</summary>
    Prp,
}

/// <summary>What a link has that sends every frame two ways (IEC 62439-3; IFLA_HSR_* of linux/if_link.h).</summary>
[LinkKind("hsr", Link = typeof(HsrLink), TakesNoPorts = true)]
public sealed partial record HsrSettings : LinkSettings
{
    /// <summary>The index of its first port; null if that is gone.</summary>
    [Nla(1, Wire.U32, Max = int.MaxValue, Access = Access.CreateOnly)]
    [LinkIndex]
    public int? PortAIndex { get; init; }

    /// <summary>The index of its second port; null if that is gone.</summary>
    [Nla(2, Wire.U32, Max = int.MaxValue, Access = Access.CreateOnly)]
    [LinkIndex]
    public int? PortBIndex { get; init; }

    /// <summary>The last byte of the address that stations tell of themselves by, 0 to 255; 0 unless said.</summary>
    [Nla(3, Wire.U8, Access = Access.CreateOnly)]
    public int? SupervisionNumber
    {
        get => field ?? (SupervisionAddress is { } address ? address.ToArray()[^1] : null);
        init;
    }

    /// <summary>The group's address that stations tell of themselves by.</summary>
    [Nla(4, Wire.Mac, Access = Access.ReadOnly)]
    public MacAddress? SupervisionAddress { get; init; }

    /// <summary>The version of HSR, 0 (2010) or 1 (2012); 0 unless said. The kernel does not tell it.</summary>
    [Nla(6, Wire.U8, Max = 1, Access = Access.CreateOnly)]
    public int? Version { get; init; }

    /// <summary>The protocol; HSR unless said.</summary>
    [Nla(7, Wire.U8, Access = Access.CreateOnly)]
    public HsrProtocol? Protocol { get; init; }

    internal override string? Problem
        => Protocol == HsrProtocol.Prp && Version is not null ? "a version is one of HSR, and PRP has none" : null;

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol ?? HsrProtocol.Hsr}, supervision by {SupervisionAddress}";

    internal override Hint? RefusalHint(int errno)
        => errno == Native.LibC.EINVAL ? "The ports are two Ethernet links that are ports of nothing else." : null;
}

/// <summary>A link that sends every frame two ways.</summary>
public sealed partial class HsrLink : NetLink;

/// <summary>A link that sends every frame by two ports, and takes the first of two that come.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="portA">Its first port, which it has the MAC address of.</param>
/// <param name="portB">Its second port.</param>
/// <param name="settings">Its settings, without ports.</param>
public sealed class HsrSpec(string name, string portA, string portB, HsrSettings settings) : LinkSpec(name, settings)
{
    internal override void Check(NetworkStack stack, CancellationToken cancellation) => Settings = settings with
    {
        PortAIndex = stack.Links.IndexOf(portA, cancellation),
        PortBIndex = stack.Links.IndexOf(portB, cancellation),
    };
}
