using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Links;

/// <summary>Two connected links, created by one request: what one sends, the other receives.</summary>
/// <param name="name">The near end's name.</param>
/// <param name="settings">What the pair's kind has of its own.</param>
/// <param name="peer">The far end: name, address, MTU, up, and its namespace; its kind is not looked at.</param>
public abstract class LinkPairSpec(string name, LinkSettings settings, LinkSpec peer) : LinkSpec(name, settings)
{
    // VETH_INFO_PEER of linux/veth.h and IFLA_NETKIT_PEER_INFO of linux/if_link.h are the same.
    private const ushort VETH_INFO_PEER = 1;

    /// <summary>The far end.</summary>
    public LinkSpec Peer { get; } = peer;

    /// <inheritdoc/>
    internal override LinkSpec OtherEnd => Peer;

    /// <inheritdoc/>
    internal override NetLink CreateFrom(LinkOperations links, CancellationToken cancellation)
        => links.Creation.CreatePair(this, cancellation).Near;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Peer.Validate();
        if (Peer.Index is not null && Index is null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The index {Peer.Index} of '{Peer.Name}' needs one of '{Name}' too, as the kernel takes both or none.",
                Peer.Name);
        }

        if (Peer.Name == Name && Peer.TargetNamespace is null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"Both ends of a {Kind} pair in one namespace cannot be '{Name}'.",
                Name)
            {
                Advice = [Advice.Choose("PeerName"), Advice.Give("PeerNamespace")],
            };
        }
    }

    /// <inheritdoc/>
    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        // The kernel has one word for both ends.
        if (refusal.Errno != Native.LibC.EEXIST)
            return null;
        var near = TargetNamespace is { } here ? stack.Pool.Get(here) : stack;
        var far = Peer.TargetNamespace is { } there ? stack.Pool.Get(there) : near;
        return near.Links.Find(Name) is null && far.Links.Find(Peer.Name) is not null
            ? new NetworkException(
                NetworkErrorCode.LinkExists,
                $"The other end of '{Name}' cannot be '{Peer.Name}': there is an interface of that name in namespace "
                    + $"'{far.Namespace}' already. Choose another name for it.",
                Peer.Name,
                refusal)
            : null;
    }

    /// <inheritdoc/>
    internal override void WriteOtherEnd(NetlinkRequest data, SafeFileHandle? namespaceFile)
        => data.Nest(VETH_INFO_PEER, inner =>
        {
            inner.PutRaw(Peer.Header(up: false));
            Peer.WriteCommon(inner, Peer.Name, 0, 0, namespaceFile, Peer.MacAddress ?? NewMacAddress());
        });
}
