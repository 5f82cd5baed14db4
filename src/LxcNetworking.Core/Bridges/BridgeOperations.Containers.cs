using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking;

public sealed partial class BridgeOperations
{
    /// <summary>Whether frames leave a bridge by anything that is not this machine's own memory.</summary>
    internal bool HasPhysicalPort(NetLink bridge, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg)).Put(Ifla.Master, bridge.Index).Put(Ifla.ExtMask, RtextFilter.SkipStats);
        return _stack.Route.Dump(request, reply => LinkParser.Parse(reply, _stack.Namespace) is { Kind: not ("veth" or "dummy" or "ifb") } port && port.MasterIndex == bridge.Index ? port : null, cancellation).Count > 0;
    }
}
