using System.Runtime.CompilerServices;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>What an L2TP session's link has. rtnetlink does not tell that it is one: it is read from the generic netlink family.</summary>
public sealed class L2tpLinkDetails : LinkDetails
{
    /// <summary>The tunnel's id on this host.</summary>
    public uint TunnelId { get; init; }

    /// <summary>The session's id on this host.</summary>
    public uint SessionId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"session {SessionId} of tunnel {TunnelId}";
}

/// <summary>The links of L2TP sessions, which rtnetlink gives no kind.</summary>
internal sealed class L2tpLinkKind() : LinkKind(L2tpOperations.LinkKindName)
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new L2tpLinkKind());

    public override bool IsUnnamed => true;

    public override void Recognize(NetworkStack stack, IReadOnlyList<NetLink> links) => stack.L2tp.Recognize(links);

    public override Hint WhyItStays(NetLink link) => new(
        $"it belongs to {link.Details}, and goes with it",
        Advice.To(AdviceKind.Remove, AdviceThing.Session, link.Namespace.Text, link.Name));
}

public sealed partial class L2tpOperations
{
    /// <summary>The kind that this library gives sessions' links, after the kernel's device type; the kernel gives them none.</summary>
    public const string LinkKindName = "l2tpeth";

    /// <summary>Tells sessions' links from those that a driver made.</summary>
    internal void Recognize(IReadOnlyList<NetLink> links)
    {
        const ushort ARPHRD_ETHER = 1;
        // Without a kind and without a device beneath: there are none of the sort on most machines, and nothing is asked then.
        var candidates = links.Where(link => link.Data is { Kind: null, HardwareType: ARPHRD_ETHER, HasDevice: false }).ToList();
        if (candidates.Count == 0)
            return;
        try
        {
            if (!_stack.Generic.IsLoaded(s_family))
                return;
            var sessions = DumpSessions(CancellationToken.None).Where(session => session.InterfaceAlias.Length > 0).DistinctBy(session => session.InterfaceAlias).ToDictionary(session => session.InterfaceAlias);
            foreach (var link in candidates)
            {
                if (!sessions.TryGetValue(link.Name, out var session))
                    continue;
                link.Data.Kind = LinkKindName;
                link.Data.Details = new L2tpLinkDetails { TunnelId = session.TunnelId, SessionId = session.SessionId };
            }
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // The links themselves are read all the same.
        }
    }
}
