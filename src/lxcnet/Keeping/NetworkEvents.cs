using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Program.Keeping;

/// <summary>Listens to what the kernel tells of one family of netlink.</summary>
internal sealed class NetworkEvents : IDisposable
{
    // NFNLGRP_NFTABLES of linux/netfilter/nfnetlink.h.
    private const uint RuleSet = 7;

    private static readonly uint[] s_groups =
    [
        RtnlGroup.Link, RtnlGroup.IPv4IfAddr, RtnlGroup.IPv6IfAddr, RtnlGroup.IPv4Route, RtnlGroup.IPv6Route,
        RtnlGroup.IPv4Rule, RtnlGroup.IPv6Rule, RtnlGroup.NsId,
    ];

    private readonly NetlinkSubscription _subscription;
    private readonly CancellationTokenSource _ending = new();
    private readonly Action _changed;
    private readonly Thread _thread;

    private NetworkEvents(NetlinkSubscription subscription, Action changed)
    {
        (_subscription, _changed) = (subscription, changed);
        _thread = new Thread(Run) { IsBackground = true, Name = "network events" };
        _thread.Start();
    }

    /// <summary>Listens to links, addresses, routes and rules of a namespace and of all that have a number in it, whose
    /// end it does not hold up.</summary>
    /// <param name="stack">The namespace.</param>
    /// <param name="changed">Called at each event, on a thread of its own.</param>
    /// <returns>Listens, if the kernel lets the caller: otherwise to the one namespace alone.</returns>
    public static NetworkEvents OfNetworks(NetworkStack stack, Action changed)
        => new(
            stack.ListenToAll(s_groups) is { } all ? new NetlinkSubscription(all)
                : stack.Subscribe(NetlinkProtocol.Route, s_groups),
            changed);

    /// <summary>Listens to the rules of nf_tables.</summary>
    /// <param name="stack">The namespace.</param>
    /// <param name="changed">Called at each event, on a thread of its own.</param>
    public static NetworkEvents OfTranslations(NetworkStack stack, Action changed)
        => new(stack.Subscribe(NetlinkProtocol.Netfilter, RuleSet), changed);

    public void Dispose()
    {
        _ending.Cancel();
        _thread.Join();
        _subscription.Dispose();
        _ending.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                try
                {
                    // What was dropped is seen by looking, as all else is.
                    _ = _subscription.Receive(static _ => { }, Timeout.InfiniteTimeSpan, _ending.Token);
                }
                catch (NetlinkProtocolException)
                {
                }

                _changed();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
