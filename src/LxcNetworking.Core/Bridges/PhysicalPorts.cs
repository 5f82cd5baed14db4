using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Bridges;

/// <summary>Tells whether frames leave a bridge by anything that is not this machine's own memory.</summary>
internal sealed class PhysicalPorts(NetworkStack stack)
{
    // Asking takes the longer the more ports there are, and many containers are connected one after the other.
    private const long AnswerIsGoodForMilliseconds = 1000;
    private Answer? _last;

    /// <summary>Whether a bridge has a physical port, now or within the last second.</summary>
    public bool Any(NetLink bridge, CancellationToken cancellation)
    {
        var masters = stack.Links.Masters;
        if (_last is { } last && last.BridgeIndex == bridge.Index && last.Changes == masters.Changes
            && Environment.TickCount64 - last.Time < AnswerIsGoodForMilliseconds)
            return last.HasPhysicalPort;
        var changes = masters.Changes;
        var answer = new Answer(bridge.Index, changes, Environment.TickCount64, Ask(bridge, cancellation));
        _last = answer;
        return answer.HasPhysicalPort;
    }

    private bool Ask(NetLink bridge, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
            .Put(Ifla.Master, bridge.Index).Put(Ifla.ExtMask, RtextFilter.SkipStats);
        var ports = stack.Route.DumpInOrder(
            request, reply => LinkParser.Parse(reply, stack.Namespace), port => port.Index, cancellation).Items;
        return ports.Exists(
            port => LinkKinds.Find(port.Kind)?.StaysInMachine != true && port.MasterIndex == bridge.Index);
    }

    private sealed record Answer(int BridgeIndex, int Changes, long Time, bool HasPhysicalPort);
}
