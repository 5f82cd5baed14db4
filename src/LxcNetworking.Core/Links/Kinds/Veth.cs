using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking;

internal static partial class LinkKinds
{
    internal static readonly LinkKind Veth = Add(new VethKind());
}

internal sealed class VethKind() : LinkKind("veth");

/// <summary>A pair of Ethernet links whose ends are each other's cable (veth(4)).</summary>
/// <param name="name">The near end's name.</param>
/// <param name="peer">The far end: name, address, MTU, up, and its namespace; its kind is not looked at.</param>
public sealed class VethSpec(string name, VethPeerSpec peer) : LinkSpec(name)
{
    private const ushort VETH_INFO_PEER = 1;
    private SafeFileHandle? _peerNamespace;

    /// <inheritdoc/>
    public override string Kind => "veth";

    /// <summary>The far end.</summary>
    public VethPeerSpec Peer { get; } = peer;

    internal override string ExistsHint => $" (Or the other end's name '{Peer.Name}' is taken where it was to go.)";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Peer.Validate();
        if (Peer.Name == Name && Peer.TargetNamespace is null)
            throw new NetworkException(NetworkErrorCode.InvalidName, $"Both ends of a veth pair in one namespace cannot be '{Name}'. Give the peer another name, or a namespace of its own with -PeerNamespace.", Name);
    }

    /// <inheritdoc/>
    protected internal override IDisposable? Prepare()
    {
        if (Peer.TargetNamespace is null)
            return null;
        var stack = NetworkStackPool.Shared.Get(Peer.TargetNamespace);
        return _peerNamespace = NamespaceFile.Open(stack.Path, stack.Namespace);
    }

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Nest(VETH_INFO_PEER, inner =>
        {
            inner.PutRaw(default(IfInfoMsg));
            Peer.WriteCommon(inner, Peer.Name, 0, 0, (int?)_peerNamespace?.DangerousGetHandle());
        });
    }
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

public sealed partial class LinkOperations
{
    /// <summary>Makes a veth pair, each end straight in its namespace. On failure neither end stays behind.</summary>
    /// <param name="spec">Both ends.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The pair, read back from both namespaces.</returns>
    /// <exception cref="NetworkException">As for <see cref="Create"/>.</exception>
    public VethPair CreateVeth(VethSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var peerStack = spec.Peer.TargetNamespace is { } there ? NetworkStackPool.Shared.Get(there)
            : spec.TargetNamespace is { } home ? NetworkStackPool.Shared.Get(home) : _stack;
        var near = Create(spec, cancellation);
        try
        {
            // The kernel takes none of these inside VETH_INFO_PEER: an end cannot come up before its pair is joined.
            var peer = peerStack.Links.Complete(spec.Peer);
            var nearLinks = spec.TargetNamespace is { } own ? NetworkStackPool.Shared.Get(own).Links : this;
            return new VethPair(spec.Peer.Up ? nearLinks.Get(near.Index, CancellationToken.None) : near, peer);
        }
        catch
        {
            (spec.TargetNamespace is { } target ? NetworkStackPool.Shared.Get(target).Links : this).TryRemove(spec.Name);
            throw;
        }
    }
}
