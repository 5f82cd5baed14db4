using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Links.Quality;

/// <summary>A filter of what a link receives (TCA_MATCHALL_* of linux/pkt_cls.h, TCA_MIRRED_* of
/// linux/tc_act/tc_mirred.h).</summary>
/// <param name="Kind">The kernel's name of its sort.</param>
/// <param name="Info">Its priority, and the protocol that it is for.</param>
/// <param name="Handle">Its number among those of its priority.</param>
/// <param name="Target">The index of the link that it sends everything to; 0 if it does something else.</param>
/// <param name="IsOwn">Whether this module made it.</param>
/// <param name="MadeQdisc">Whether what it hangs on was made with it.</param>
internal sealed record IngressFilter(string Kind, uint Info, uint Handle, int Target, bool IsOwn, bool MadeQdisc)
{
    private const string MatchAll = "matchall", Mirred = "mirred", Ingress = "ingress";
    private const ushort TCA_MATCHALL_ACT = 2, TCA_ACT_KIND = 1, TCA_ACT_OPTIONS = 2, TCA_ACT_COOKIE = 6,
        TCA_MIRRED_PARMS = 2;
    private const int TC_ACT_STOLEN = 4, TCA_EGRESS_REDIR = 1;
    private const ushort ETH_P_ALL = 3;

    // Behind it is whether what the filter hangs on was made with it. It has up to 16 bytes.
    private static ReadOnlySpan<byte> Cookie => "LxcNetworking\0\0"u8;

    // The first of all, for every protocol.
    private static uint FirstOfAll => (1u << 16) | BinaryPrimitives.ReverseEndianness(ETH_P_ALL);

    /// <summary>Reads the filters of what a link receives.</summary>
    public static List<IngressFilter> List(NetworkStack stack, int link, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetFilter)
            .Header(new TcMsg { Index = link, Parent = TcHandle.IngressFilters });
        return stack.Route.Dump(request, Parse, cancellation);
    }

    /// <summary>Reads one; of some sorts the kernel tells the sort first, and then each.</summary>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    public static IngressFilter? Parse(NetlinkReply reply)
    {
        if (reply.Type != Rtm.NewFilter)
            return null;
        var attributes = reply.Read<TcMsg>(out var header);
        if (!attributes.TryFind(Tca.Kind, out var kind))
            return null;
        var name = kind.AsString();
        var isAll = name == MatchAll;
        if (!attributes.TryFind(Tca.Options, out var options))
            return isAll ? null : new(name, header.Info, header.Handle, 0, false, false);
        if (!isAll || !options.Nested.TryFind(TCA_MATCHALL_ACT, out var actions))
            return new(name, header.Info, header.Handle, 0, false, false);
        var target = 0;
        ReadOnlySpan<byte> cookie = [];
        foreach (var action in actions.Nested)
        {
            if (action.Nested.TryFind(TCA_ACT_KIND, out var does) && does.AsString() == Mirred
                && action.Nested.TryFind(TCA_ACT_OPTIONS, out var how)
                && how.Nested.TryFind(TCA_MIRRED_PARMS, out var parameters)
                && parameters.AsStruct<Redirection>() is { Direction: TCA_EGRESS_REDIR } redirection)
                target = redirection.Link;
            if (action.Nested.TryFind(TCA_ACT_COOKIE, out var found))
                cookie = found.Value;
        }

        var isOwn = cookie.Length == Cookie.Length + 1 && cookie.StartsWith(Cookie);
        return new(name, header.Info, header.Handle, target, isOwn, isOwn && cookie[^1] != 0);
    }

    /// <summary>What makes a link send all that it receives through another one.</summary>
    public static NetlinkRequest Create(int link, int target, bool madeQdisc)
        => new NetlinkRequest(Rtm.NewFilter, NetlinkFlags.Create | NetlinkFlags.Exclusive)
            .Header(new TcMsg { Index = link, Parent = TcHandle.IngressFilters, Info = FirstOfAll })
            .PutString(Tca.Kind, MatchAll)
            .Nest(Tca.Options, options => options.Nest(TCA_MATCHALL_ACT, actions => actions.Nest(1, action => action
                .PutString(TCA_ACT_KIND, Mirred)
                .Put(TCA_ACT_COOKIE, [.. Cookie, madeQdisc ? (byte)1 : (byte)0])
                .Nest(TCA_ACT_OPTIONS, how => how.Put(
                    TCA_MIRRED_PARMS,
                    new Redirection(0, 0, TC_ACT_STOLEN, 0, 0, TCA_EGRESS_REDIR, target))))));

    /// <summary>What removes it.</summary>
    public NetlinkRequest Remove(int link) => new NetlinkRequest(Rtm.DelFilter)
        .Header(new TcMsg { Index = link, Parent = TcHandle.IngressFilters, Info = Info, Handle = Handle })
        .PutString(Tca.Kind, Kind);

    /// <summary>What makes a link take filters of what it receives.</summary>
    public static NetlinkRequest CreateQdisc(int link)
        => new NetlinkRequest(Rtm.NewQdisc, NetlinkFlags.Create | NetlinkFlags.Exclusive)
            .Header(new TcMsg { Index = link, Parent = TcHandle.Ingress, Handle = TcHandle.IngressQdisc })
            .PutString(Tca.Kind, Ingress);

    /// <summary>What takes that away again, with every filter.</summary>
    public static NetlinkRequest RemoveQdisc(int link, string kind = Ingress) => new NetlinkRequest(Rtm.DelQdisc)
        .Header(new TcMsg { Index = link, Parent = TcHandle.Ingress, Handle = TcHandle.IngressQdisc })
        .PutString(Tca.Kind, kind);

    /// <summary>struct tc_mirred.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Redirection(
        uint Index, uint Capabilities, int Action, int References, int Bindings, int Direction, int Link);
}
