using System.Runtime.CompilerServices;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>The links of L2TP sessions, which rtnetlink gives no kind.</summary>
internal sealed class L2tpLinkKind() : LinkKind(L2tpOperations.LinkKindName)
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new L2tpLinkKind());

    public override bool IsUnnamed => true;

    // Tells sessions' links from those that a driver made.
    public override void Recognize(NetworkStack stack, IReadOnlyList<NetLink> links)
    {
        const ushort ARPHRD_ETHER = 1;
        // Most machines have no link without a kind and without a device, and nothing is asked then.
        var candidates = links
            .Where(link => link.Data is { Kind: null, HardwareType: ARPHRD_ETHER, ParentDevice: null }).ToList();
        if (candidates.Count == 0)
            return;
        try
        {
            if (!stack.Generic.IsLoaded(L2tpReader.Family))
                return;
            var sessions = stack.L2tp.Reader.DumpSessions(CancellationToken.None)
                .Where(session => session.InterfaceAlias.Length > 0)
                .DistinctBy(session => session.InterfaceAlias).ToDictionary(session => session.InterfaceAlias);
            foreach (var link in candidates)
            {
                if (!sessions.TryGetValue(link.Name, out var session))
                    continue;
                link.Data.Kind = L2tpOperations.LinkKindName;
                link.Data.Details = new L2tpLinkDetails { TunnelId = session.TunnelId, SessionId = session.SessionId };
            }
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // The links themselves are read all the same.
        }
    }

    public override Hint WhyItStays(NetLink link) => new(
        $"it belongs to {link.Details}, and goes with it",
        Advice.To(AdviceKind.Remove, AdviceThing.Session, link.Namespace.Text, link.Name));
}
