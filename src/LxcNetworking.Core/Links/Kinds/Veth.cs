using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>What an end of a veth pair has of its own: nothing (veth(4)).</summary>
[LinkKind("veth", StaysInMachine = true, TakesNoPorts = true, HasOwnMacAddress = true)]
public sealed partial record VethSettings : LinkSettings
{
    internal override LinkPairSpec NewPair(string name, string peerName) => new VethSpec(name, new(peerName));
}

/// <summary>A pair of connected Ethernet links: what one end sends, the other receives (veth(4)).</summary>
/// <param name="name">The near end's name.</param>
/// <param name="peer">The far end: name, address, MTU, up, and its namespace; its kind is not looked at.</param>
public sealed class VethSpec(string name, VethPeerSpec peer) : LinkPairSpec(name, new VethSettings(), peer);

/// <summary>The far end of a veth pair.</summary>
/// <param name="name">Its name.</param>
public sealed class VethPeerSpec(string name) : LinkSpec(name, new VethSettings());

/// <summary>Both ends of a veth pair: itself the near end.</summary>
public sealed class VethPair : NetLink
{
    internal VethPair(NetLink near, NetLink peer)
        : base(near.Data) => Peer = peer;

    /// <summary>The far end, with the namespace it is in.</summary>
    public NetLink Peer { get; }
}

/// <summary>Gives <see cref="LinkOperations"/> what makes veth pairs.</summary>
public static class VethLinks
{
    extension(LinkOperations links)
    {
        /// <summary>Makes a veth pair, each end straight in its namespace. On failure neither end stays
        /// behind.</summary>
        /// <param name="spec">Both ends.</param>
        /// <param name="cancellation">Ends the wait.</param>
        /// <returns>The pair, read back from both namespaces.</returns>
        /// <exception cref="NetworkException">As for <see cref="LinkOperations.Create"/>.</exception>
        public VethPair CreateVeth(VethSpec spec, CancellationToken cancellation = default)
        {
            var (near, peer) = links.Creation.CreatePair(spec, cancellation);
            return new VethPair(near, peer);
        }
    }
}
