using System.Globalization;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>A GRE tunnel over IPv4 or IPv6, by its addresses' family.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="ethernet">Carries Ethernet frames, so that it can be a bridge's port; else IP packets.</param>
/// <param name="settings">Its settings; with a version of ERSPAN it is a mirror's tunnel.</param>
public sealed class GreSpec(string name, bool ethernet, GreSettings settings) : TunnelSpec(
    name,
    // ERSPAN numbers its packets.
    settings is { ErspanVersion: 1 or 2, External: not true } ? settings with { Sequence = true } : settings)
{
    private const string NoSession = "an ERSPAN tunnel has the mirror session's number as its key, 0 to 1023";

    /// <summary>The family of the outer packets; null for that of its addresses, or IPv4 without any.</summary>
    public IPFamily? AddressFamily { get; init; }

    /// <inheritdoc/>
    public override string Kind => (IsIPv6 ? "ip6" : string.Empty)
        + (Gre.ErspanVersion is not null ? "erspan" : ethernet ? "gretap" : "gre");

    /// <summary>The kernel takes a GRE tunnel's hosts from the namespace that it is created in, so it is created here
    /// and then moved.</summary>
    internal override bool IsCreatedThenMoved => true;

    private protected override string Protocol => Gre.ErspanVersion is { } version
        ? string.Create(CultureInfo.InvariantCulture, $"ERSPAN version {version}")
        : (ethernet ? "Ethernet in GRE" : "GRE")
        + (OutputKey is not null || Gre.Checksum == true || Gre.Sequence == true ? " with options" : string.Empty);

    // The kernel's IPv6 tunnels also send a destination option with the limit of further encapsulations (RFC 2473),
    // eight bytes.
    private protected override int HeaderBytes
        => 4 + OptionBytes + (ethernet ? 14 : 0) + (IsIPv6 ? 8 : 0)
            + TunnelEncapsulations.BytesOf(Gre.Encapsulation, Gre.EncapsulationFlags);

    // ERSPAN sends its session in its own header, after GRE's sequence number.
    private int OptionBytes => Gre.ErspanVersion switch
    {
        0 => 0,
        1 => 4 + 8,
        2 => 4 + 12,
        _ => (OutputKey is null ? 0 : 4) + (Gre.Checksum == true ? 4 : 0) + (Gre.Sequence == true ? 4 : 0),
    };

    private protected override bool IsIPv6
        => (AddressFamily ?? (EndOrNull is { } end ? IP.FamilyOf(end) : IPFamily.IPv4)) == IPFamily.IPv6;

    private string? ProblemOfUse => Gre switch
    {
        { ErspanVersion: not null } when !ethernet => "ERSPAN carries Ethernet frames, which a tap tunnel does",
        { ErspanVersion: 0 } when IsIPv6 => "ERSPAN of version 0 goes over IPv4",
        { ErspanVersion: 1 or 2, Key: null, External: not true } => NoSession,
        _ => Gre.ProblemOfErspan(Gre.ErspanVersion) ?? Gre.ProblemOfEncapsulation(Gre),
    };

    private protected override bool HasEthernet => ethernet;

    private protected override string WhatDoesEthernet => ", which a tap tunnel carries";

    private protected override IReadOnlyList<Advice> EthernetAdvice
        => [Advice.To(AdviceKind.Create, AdviceThing.GreTapTunnel)];

    private GreSettings Gre => (GreSettings)Settings;

    private long? InputKey => Gre.InputKey ?? Gre.Key;

    private long? OutputKey => Gre.OutputKey ?? Gre.Key;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (AddressFamily is { } family && EndOrNull is { } other && IP.FamilyOf(other) != family)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' cannot go over {family} to or from {other}, an address of the other family.",
                Name)
            {
                Advice = [Advice.Omit(nameof(AddressFamily))],
            };
        }

        if (ProblemOfUse is { } problem)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The tunnel '{Name}' cannot be: {problem}.", Name)
            {
                Advice = problem == NoSession ? [Advice.Give(nameof(GreSettings.Key))] : [],
            };
        }

        if (Gre.IgnoreDf == true && IsIPv6)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' goes over IPv6, which has no DF flag to ignore.",
                Name);
        }
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        base.Check(stack, cancellation);
        var usual = new GreSettings { Ttl = 0, DeviceIndex = 0, PathMtuDiscovery = Gre.IgnoreDf != true };
        Settings = Gre.Complete(usual, IsIPv6);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        if (refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null)
            return null;
        var tunnels = stack.Links.List(new LinkFilter { SkipStatistics = true }).OfType<GreLink>().ToList();
        if (Gre.External == true)
            return ExternalExists(refusal, stack, tunnels);
        var holder = tunnels.Where(link => link.Kind == Kind)
            .FirstOrDefault(link => Equals(link.Local, Local) && Equals(link.Remote, Remote)
                && link.InputKey == InputKey);
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            $"A {Kind} tunnel from {Local?.ToString() ?? "any address"} to {Remote?.ToString() ?? "any"} with "
                + (InputKey is null ? "no key" : string.Create(CultureInfo.InvariantCulture, $"key {InputKey}"))
                + $" exists already{(holder is null ? string.Empty : $": '{holder.Name}'")}. Tunnels between the same "
                + "hosts need different keys.",
            Name,
            refusal)
        { Advice = [Advice.Choose(nameof(GreSettings.Key))] };
    }

    // The kernel keeps one external tunnel for each kind of GRE over IPv4, and one for all over IPv6.
    private NetworkException ExternalExists(
        NetlinkErrorException refusal, NetworkStack stack, List<GreLink> tunnels)
    {
        string[] kinds = IsIPv6 && Gre.ErspanVersion is null ? ["ip6gre", "ip6gretap"] : [Kind];
        var holder = tunnels.Find(link => link.External == true && kinds.Contains(link.Kind));
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            $"There is an external {string.Join(" or ", kinds)} tunnel in namespace '{stack.Namespace}' already"
                + $"{(holder is null ? string.Empty : $", '{holder.Name}'")}, and the kernel takes one.",
            Name,
            refusal);
    }
}
