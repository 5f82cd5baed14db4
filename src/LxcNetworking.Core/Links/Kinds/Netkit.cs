using LxcNetworking.Declarations;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>What the ends of a netkit pair carry (NETKIT_L2 and NETKIT_L3 of linux/if_link.h).</summary>
public enum NetkitMode
{
    /// <summary>Ethernet frames, with ARP and neighbour discovery.</summary>
    L2,

    /// <summary>Packets alone: there are neither MAC addresses nor neighbours to ask for.</summary>
    L3,
}

/// <summary>What becomes of packets that no BPF program at an end of a netkit pair decides on (NETKIT_PASS and
/// NETKIT_DROP of linux/if_link.h).</summary>
public enum NetkitPolicy
{
    /// <summary>They go to the other end (<c>forward</c> for ip).</summary>
    Pass = 0,

    /// <summary>They are dropped (<c>blackhole</c> for ip).</summary>
    Drop = 2,
}

/// <summary>Whether a packet loses its mark and priority on the way to the other end of a netkit pair
/// (NETKIT_SCRUB_* of linux/if_link.h).</summary>
public enum NetkitScrub
{
    /// <summary>It keeps them.</summary>
    None,

    /// <summary>It loses them where the other end is in another namespace.</summary>
    Default,
}

/// <summary>What an end of a netkit pair has (IFLA_NETKIT_* of linux/if_link.h, Linux 6.7).</summary>
[LinkKind("netkit", Link = typeof(NetkitLink), StaysInMachine = true, TakesNoPorts = true)]
public sealed partial record NetkitSettings : LinkSettings
{
    /// <summary>What the pair carries.</summary>
    [Nla(5, Wire.U32, Access = Access.CreateOnly)]
    public NetkitMode? Mode { get; init; }

    /// <summary>What becomes of packets that this end sends, without a BPF program. It is changed at the end that the
    /// pair was created from.</summary>
    [Nla(3, Wire.U32)]
    public NetkitPolicy? Policy { get; init; }

    /// <summary>What becomes of packets that the other end sends.</summary>
    [Nla(4, Wire.U32)]
    public NetkitPolicy? PeerPolicy { get; init; }

    /// <summary>Whether packets from this end lose their mark and priority.</summary>
    [Nla(6, Wire.U32, Access = Access.CreateOnly, Since = "6.13")]
    public NetkitScrub? Scrub { get; init; }

    /// <summary>Whether packets from the other end lose their mark and priority.</summary>
    [Nla(7, Wire.U32, Access = Access.CreateOnly, Since = "6.13")]
    public NetkitScrub? PeerScrub { get; init; }

    /// <summary>Whether the pair was created from this end.</summary>
    [Nla(2, Wire.U8, Access = Access.ReadOnly)]
    public bool? IsPrimary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"mode {Mode}, policy {Policy}";

    internal override LinkPairSpec NewPair(string name, string peerName) => new NetkitSpec(name, this, new(peerName));
}

/// <summary>An end of a netkit pair.</summary>
public partial class NetkitLink : NetLink;

/// <summary>A pair of links for containers whose traffic BPF programs decide on, cheaper than veth.</summary>
/// <param name="name">The near end's name.</param>
/// <param name="settings">What the pair is like.</param>
/// <param name="peer">The far end: name, address, MTU, up, and its namespace.</param>
public sealed class NetkitSpec(string name, NetkitSettings settings, NetkitPeerSpec peer)
    : LinkPairSpec(name, settings, peer)
{
    private bool _kernelChoosesMacAddress;

    internal override bool HasOwnMacAddress => settings.Mode == NetkitMode.L2 && !_kernelChoosesMacAddress;

    // Before Linux 6.12 a pair takes none.
    internal override bool DoesWithout(NetlinkErrorException refusal)
    {
        if (!HasOwnMacAddress || refusal.Errno != LibC.EOPNOTSUPP
            || refusal.KernelMessage?.Contains("Ethernet address", StringComparison.Ordinal) != true)
            return false;
        return _kernelChoosesMacAddress = true;
    }
}

/// <summary>The far end of a netkit pair.</summary>
/// <param name="name">Its name.</param>
public sealed class NetkitPeerSpec(string name) : LinkSpec(name, new NetkitSettings());

/// <summary>Both ends of a netkit pair: itself the near end.</summary>
public sealed class NetkitPair : NetkitLink
{
    internal NetkitPair(NetLink near, NetLink peer)
        : base(near.Data) => Peer = peer;

    /// <summary>The far end, with the namespace it is in.</summary>
    public NetLink Peer { get; }
}

/// <summary>Gives <see cref="LinkOperations"/> what makes netkit pairs.</summary>
public static class NetkitLinks
{
    extension(LinkOperations links)
    {
        /// <summary>Makes a netkit pair, each end straight in its namespace. On failure neither end stays
        /// behind.</summary>
        /// <param name="spec">Both ends.</param>
        /// <param name="cancellation">Ends the wait.</param>
        /// <returns>The pair, read back from both namespaces.</returns>
        /// <exception cref="NetworkException">As for <see cref="LinkOperations.Create"/>.</exception>
        public NetkitPair CreateNetkit(NetkitSpec spec, CancellationToken cancellation = default)
        {
            var (near, peer) = links.Creation.CreatePair(spec, cancellation);
            return new NetkitPair(near, peer);
        }
    }
}
