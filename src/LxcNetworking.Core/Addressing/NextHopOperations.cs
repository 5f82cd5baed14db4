using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Next-hop objects of one namespace (ip-nexthop(8)): list, make, change, remove.</summary>
public sealed class NextHopOperations : IStackOperations<NextHopOperations>
{
    private readonly NetworkStack _stack;

    internal NextHopOperations(NetworkStack stack) => _stack = stack;

    static NextHopOperations IStackOperations<NextHopOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists the objects by their numbers.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The objects.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetNextHop> List(CancellationToken cancellation = default)
    {
        using var request = new NetlinkRequest(Rtm.GetNextHop).Header(default(NhMsg));
        try
        {
            // The kernel goes on behind the last number.
            List<NetNextHop> all =
            [
                .. _stack.Route.DumpInOrder(
                    request,
                    reply => Parse(reply, _stack.Namespace),
                    nextHop => nextHop.NextHopId!.Value,
                    cancellation).Items,
            ];
            Name(all, cancellation);
            return all;
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.EOPNOTSUPP)
        {
            // A kernel before Linux 5.3.
            return [];
        }
    }

    /// <summary>Reads one object.</summary>
    /// <param name="nextHopId">Its number.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The object.</returns>
    /// <exception cref="NetworkException">ObjectNotFound.</exception>
    public NetNextHop Get(long nextHopId, CancellationToken cancellation = default)
    {
        NetNextHop? found = null;
        if (nextHopId is > 0 and <= uint.MaxValue)
        {
            using var request = new NetlinkRequest(Rtm.GetNextHop).AsQuery().Header(default(NhMsg))
                .Put(Nha.Id, (uint)nextHopId);
            try
            {
                _stack.Route.Execute(
                    request, reply => found = Parse(reply, _stack.Namespace) ?? found, cancellation);
            }
            catch (NetlinkErrorException e) when (e.Errno == LibC.ENOENT)
            {
                // None, as for a number that no object has.
            }
        }

        if (found is null)
            throw NotFound(nextHopId);
        Name([found], cancellation);
        return found;
    }

    /// <summary>Makes an object.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The object, read back.</returns>
    /// <exception cref="NetworkException">ObjectExists, NextHopUnreachable, LinkNotFound, InvalidArgument,
    /// PermissionDenied.</exception>
    public NetNextHop Create(NextHopSpec spec, CancellationToken cancellation = default)
        => Make(Checked(spec, cancellation), NetlinkFlags.Create | NetlinkFlags.Exclusive);

    /// <summary>Makes an object in the place of the one of its number, if there is one; routes that use it use the new
    /// one from then on.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The object, read back.</returns>
    /// <exception cref="NetworkException">As for <see cref="Create"/>; what was there stays.</exception>
    public NetNextHop Replace(NextHopSpec spec, CancellationToken cancellation = default)
        => Make(Checked(spec, cancellation), NetlinkFlags.Create | NetlinkFlags.Replace);

    /// <summary>Changes an object; no packet of a route that uses it finds neither the old way nor the new
    /// one.</summary>
    /// <param name="nextHop">An object as read from this stack.</param>
    /// <param name="change">What is to become of it.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The object, read back.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: it is not there any more as it was read. As for
    /// <see cref="Create"/>; it stays as it was.</exception>
    public NetNextHop Change(NetNextHop nextHop, NextHopChange change, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var spec = Checked(change.Apply(nextHop), cancellation);
        Confirm(nextHop, cancellation);
        return Make(spec, NetlinkFlags.Replace);
    }

    /// <summary>Removes an object. The kernel removes the routes that use it, and takes it out of its groups.</summary>
    /// <param name="nextHop">An object as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound: it is not there any more as it was read.
    /// PermissionDenied.</exception>
    public void Remove(NetNextHop nextHop, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(nextHop);
        Confirm(nextHop, cancellation);
        using var request = new NetlinkRequest(Rtm.DelNextHop).Header(default(NhMsg))
            .Put(Nha.Id, (uint)nextHop.NextHopId!.Value);
        try
        {
            _stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e, $"remove the next-hop object {nextHop}", nextHop.ToString(), NetworkErrorCode.ObjectNotFound);
        }
    }

    /// <summary>Makes an object of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    internal static NetNextHop? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type != Rtm.NewNextHop)
            return null;
        var attributes = reply.Read<NhMsg>(out var header);
        return new NetNextHop(header, attributes, reference);
    }

    // A number can be given to another object at any time.
    private void Confirm(NetNextHop nextHop, CancellationToken cancellation)
    {
        if (Get(nextHop.NextHopId!.Value, cancellation).IsLike(nextHop))
            return;
        throw new NetworkException(
            NetworkErrorCode.ObjectNotFound,
            $"The next-hop object {nextHop} is not as it was read any more.",
            nextHop.ToString())
        { Advice = [Advice.List(AdviceThing.NextHop, _stack.Namespace.Text)] };
    }

    private NextHopSpec Checked(NextHopSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        cancellation.ThrowIfCancellationRequested();
        // The kernel wants to know the link of a gateway.
        return spec is not { NextHop: { } gateway, InterfaceIndex: 0 } || spec.Fdb == true ? spec
            : spec with { InterfaceIndex = LinkOf(gateway, cancellation) };
    }

    private int LinkOf(IPAddress gateway, CancellationToken cancellation)
    {
        try
        {
            return _stack.Routes.Find(gateway, cancellation: cancellation).InterfaceIndex;
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.RouteNotFound)
        {
            throw new NetworkException(
                NetworkErrorCode.NextHopUnreachable,
                $"No interface in namespace '{_stack.Namespace}' has an address in a network of {gateway}.",
                gateway.ToString(),
                e)
            { Advice = [Advice.Give(nameof(NextHopSpec.InterfaceIndex))] };
        }
    }

    private NetNextHop Make(NextHopSpec spec, NetlinkFlags flags)
    {
        using var request = new NetlinkRequest(Rtm.NewNextHop, flags | NetlinkFlags.Echo).Header(new NhMsg
        {
            Family = spec.RealFamily,
            Protocol = (byte)spec.Protocol,
            Flags = spec.OnLink ? (uint)RouteFlags.OnLink : 0,
        });
        spec.Write(request);
        if (spec.InterfaceIndex != 0)
            request.Put(Nha.Oif, spec.InterfaceIndex);
        spec.Encapsulation?.Write(request, Nha.EncapType, Nha.Encap);
        NetNextHop? made = null;
        try
        {
            _stack.Route.Execute(
                request, reply => made = Parse(reply, _stack.Namespace) ?? made, CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw Refused(e, spec);
        }

        if (made is null)
            return Get(spec.NextHopId ?? 0, CancellationToken.None);
        Name([made], CancellationToken.None);
        return made;
    }

    private NetworkException Refused(NetlinkErrorException refusal, NextHopSpec spec)
    {
        if (refusal.Errno is LibC.ENETUNREACH or LibC.EHOSTUNREACH or LibC.ENETDOWN
            || refusal.KernelMessage?.Contains("gateway", StringComparison.Ordinal) == true)
        {
            return new NetworkException(
                NetworkErrorCode.NextHopUnreachable,
                $"Cannot make the {spec.Title} via {spec.NextHop} in namespace '{_stack.Namespace}': "
                    + $"{refusal.Message.TrimEnd('.')}.",
                spec.NextHop?.ToString(),
                refusal)
            { Advice = [Advice.OverrideBy(nameof(spec.OnLink))] };
        }

        return refusal.Errno == LibC.EEXIST
            ? new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"There is a {spec.Title} in namespace '{_stack.Namespace}' already.",
                spec.Title,
                refusal)
            { Advice = [Advice.List(AdviceThing.NextHop, _stack.Namespace.Text)] }
            : KernelErrors.Explain(
                refusal,
                $"make the {spec.Title}",
                spec.Title,
                spec.InterfaceIndex != 0 && refusal.Errno == LibC.ENODEV
                    ? NetworkErrorCode.LinkNotFound : NetworkErrorCode.ObjectNotFound);
    }

    private NetworkException NotFound(long nextHopId)
    {
        var number = nextHopId.ToString(CultureInfo.InvariantCulture);
        return new NetworkException(
            NetworkErrorCode.ObjectNotFound,
            $"There is no next-hop object {number} in namespace '{_stack.Namespace}'.",
            number)
        { Advice = [Advice.List(AdviceThing.NextHop, _stack.Namespace.Text)] };
    }

    private void Name(List<NetNextHop> nextHops, CancellationToken cancellation)
    {
        var names = LinkNames.Read(_stack, nextHops.Select(nextHop => nextHop.InterfaceIndex), null, cancellation);
        foreach (var nextHop in nextHops.Where(nextHop => nextHop.InterfaceIndex != 0))
            nextHop.InterfaceAlias = names.Of(nextHop.InterfaceIndex);
    }
}

/// <summary>Gives a stack its <see cref="NextHopOperations"/>.</summary>
public static class NextHopOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Next-hop objects.</summary>
        public NextHopOperations NextHops => stack.Operations<NextHopOperations>();
    }
}
