using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Bridges;

public sealed partial class BridgeOperations
{
    // Asking takes the longer the more ports there are, and many containers are connected one after the other.
    private const long LookIsGoodForMilliseconds = 1000;
    private PortLook? _lastLook;

    /// <summary>Whether frames leave a bridge by anything that is not this machine's own memory: now, or within the last second.</summary>
    internal bool HasPhysicalPort(NetLink bridge, CancellationToken cancellation)
    {
        if (_lastLook is { } last && last.BridgeIndex == bridge.Index && last.Changes == _stack.Links.Masters.Changes
            && Environment.TickCount64 - last.Time < LookIsGoodForMilliseconds)
            return last.HasPhysicalPort;
        var changes = _stack.Links.Masters.Changes;
        var look = new PortLook(bridge.Index, changes, Environment.TickCount64, LookForPhysicalPort(bridge, cancellation));
        _lastLook = look;
        return look.HasPhysicalPort;
    }

    private bool LookForPhysicalPort(NetLink bridge, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg)).Put(Ifla.Master, bridge.Index).Put(Ifla.ExtMask, RtextFilter.SkipStats);
        var ports = _stack.Route.DumpInOrder(
            request, reply => LinkParser.Parse(reply, _stack.Namespace), port => port.Index, cancellation).Items;
        return ports.Exists(port => LinkKinds.Find(port.Kind)?.StaysInMachine != true && port.MasterIndex == bridge.Index);
    }

    private sealed record PortLook(int BridgeIndex, int Changes, long Time, bool HasPhysicalPort);
}
