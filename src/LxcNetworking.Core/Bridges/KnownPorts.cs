using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Bridges;

/// <summary>Lists a bridge's ports, for whoever wants to know where it leads.</summary>
internal sealed class KnownPorts(NetworkStack stack)
{
    // Asking takes the longer the more ports there are, and many containers are connected one after the other.
    private const long AnswerIsGoodForMilliseconds = 1000;
    private Answer? _last;

    /// <summary>Gives a bridge's ports.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="few">Of so many ports or fewer the list is of this moment, of more within the last second.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public IReadOnlyList<NetLink> Of(NetLink bridge, int few, CancellationToken cancellation)
    {
        var masters = stack.Links.Masters;
        if (_last is { } last && last.Ports.Count > few && last.BridgeIndex == bridge.Index
            && last.Changes == masters.Changes && Environment.TickCount64 - last.Time < AnswerIsGoodForMilliseconds)
            return last.Ports;
        var changes = masters.Changes;
        var answer = new Answer(bridge.Index, changes, Environment.TickCount64, Ask(bridge, cancellation));
        _last = answer;
        return answer.Ports;
    }

    private List<NetLink> Ask(NetLink bridge, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
            .Put(Ifla.Master, bridge.Index).Put(Ifla.ExtMask, RtextFilter.SkipStats);
        var ports = stack.Route.DumpInOrder(
            request, reply => LinkParser.Parse(reply, stack.Namespace), port => port.Index, cancellation).Items;
        return ports.FindAll(port => port.MasterIndex == bridge.Index);
    }

    private sealed record Answer(int BridgeIndex, int Changes, long Time, List<NetLink> Ports);
}
