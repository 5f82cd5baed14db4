using System.Runtime.CompilerServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Links.Kinds;

internal sealed class VethKind() : LinkKind("veth")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new VethKind());

    public override bool StaysInMachine => true;
}

/// <summary>A pair of Ethernet links whose ends are each other's cable (veth(4)).</summary>
/// <param name="name">The near end's name.</param>
/// <param name="peer">The far end: name, address, MTU, up, and its namespace; its kind is not looked at.</param>
public sealed class VethSpec(string name, VethPeerSpec peer) : LinkSpec(name)
{
    private const ushort VETH_INFO_PEER = 1;

    /// <inheritdoc/>
    public override string Kind => "veth";

    /// <summary>The far end.</summary>
    public VethPeerSpec Peer { get; } = peer;

    /// <inheritdoc/>
    internal override LinkSpec OtherEnd => Peer;

    /// <inheritdoc/>
    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        // The kernel has one word for both ends.
        if (refusal.Errno != Native.LibC.EEXIST)
            return null;
        var home = TargetNamespace is { } here ? stack.Pool.Get(here) : stack;
        var there = Peer.TargetNamespace is { } far ? stack.Pool.Get(far) : home;
        return home.Links.Find(Name) is null && there.Links.Find(Peer.Name) is not null
            ? new NetworkException(NetworkErrorCode.LinkExists, $"The other end of '{Name}' cannot be '{Peer.Name}': there is an interface of that name in namespace '{there.Namespace}' already. Choose another name for it.", Peer.Name, refusal)
            : null;
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Peer.Validate();
        if (Peer.Name == Name && Peer.TargetNamespace is null)
            throw new NetworkException(NetworkErrorCode.InvalidName, $"Both ends of a veth pair in one namespace cannot be '{Name}'.", Name)
            {
                Advice = [Advice.Choose("PeerName"), Advice.Give("PeerNamespace")],
            };
    }

    /// <inheritdoc/>
    internal override void WriteOtherEnd(NetlinkRequest data, SafeFileHandle? namespaceFile)
        => data.Nest(VETH_INFO_PEER, inner =>
        {
            inner.PutRaw(default(IfInfoMsg));
            Peer.WriteCommon(inner, Peer.Name, 0, 0, namespaceFile);
        });
}

/// <summary>The far end of a veth pair.</summary>
/// <param name="name">Its name.</param>
public sealed class VethPeerSpec(string name) : LinkSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => "veth";
}

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
        /// <summary>Makes a veth pair, each end straight in its namespace. On failure neither end stays behind.</summary>
        /// <param name="spec">Both ends.</param>
        /// <param name="cancellation">Ends the wait.</param>
        /// <returns>The pair, read back from both namespaces.</returns>
        /// <exception cref="NetworkException">As for <see cref="LinkOperations.Create"/>.</exception>
        public VethPair CreateVeth(VethSpec spec, CancellationToken cancellation = default)
        {
            ArgumentNullException.ThrowIfNull(spec);
            spec.Validate();
            using var otherStack = links.Creation.BeginOtherEnd(spec, cancellation);
            using var pending = links.Creation.Mark(spec, otherStack, cancellation);
            // Where both ends are here and nothing is left to do, they are read back in the send that makes them.
            var isComplete = spec is { TargetNamespace: null, Alias: null }
                && spec.Peer is { TargetNamespace: null, Up: false, Master: null, Alias: null };
            var created = links.Creation.Send(
                spec, otherStack, isComplete ? [spec.Name, spec.Peer.Name] : [], cancellation);
            var creation = created.Stack.Links.Creation;
            try
            {
                if (created.Read.Count == 2)
                    return new VethPair(created.Read[0], created.Read[1]);
                var peerStack = otherStack?.Stack ?? created.Stack;
                // The kernel takes none of this inside VETH_INFO_PEER: an end cannot come up before its pair is joined.
                var peer = peerStack.Links.Creation.Complete(spec.Peer);
                if (ReferenceEquals(peerStack, created.Stack))
                    created.KnownNames[peer.Index] = peer.Name;
                var near = spec.Alias is null
                    ? creation.ReadBack(spec.Name, created.KnownNames) : creation.Complete(spec);
                return new VethPair(near, peer);
            }
            catch (Exception failure)
            {
                creation.RollBack(spec.Name, failure);
                throw;
            }
        }
    }
}
