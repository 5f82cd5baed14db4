using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.L2tp;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>A cmdlet that works on L2TP sessions: by their ids, by their links' names with wildcards, or as they come
/// down the pipeline.</summary>
public abstract class L2tpSessionCmdlet : StackCmdlet
{
    /// <summary>The tunnels' ids.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(L2tpTunnelCompleter))]
    public uint[]? TunnelId { get; set; }

    /// <summary>The sessions' ids.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(L2tpSessionCompleter))]
    public uint[]? SessionId { get; set; }

    /// <summary>The links' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(L2tpLinkCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public string[]? InterfaceAlias { get; set; }

    /// <summary>The links' names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? Aliases => NamesIn(nameof(InterfaceAlias), InterfaceAlias);

    /// <summary>Reads the sessions that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The sessions.</returns>
    protected IReadOnlyList<L2tpSession> SelectSessions(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        IReadOnlyList<L2tpSession> found = stack.L2tp.ListSessions(cancellation: Cancellation);
        if (TunnelId is not null)
            found = Narrow(TunnelId, session => session.TunnelId, id => $"There is no session in an L2TP tunnel {id}");
        if (SessionId is not null)
            found = Narrow(
                SessionId,
                session => session.SessionId,
                id => $"There is no L2TP session {id}"
                    + $"{(TunnelId is { Length: 1 } ? $" in tunnel {TunnelId[0]}" : string.Empty)}");
        return NamePattern.Select(
            Aliases, found, session => [session.InterfaceAlias], name => Missing(
                $"There is no L2TP session whose link is '{Netlink.KernelText.Printable(name.Literal)}'", name.Text));

        List<L2tpSession> Narrow(uint[] wanted, Func<L2tpSession, uint> idOf, Func<uint, string> missing)
        {
            foreach (var id in wanted.Where(id => found.All(session => idOf(session) != id)))
                Missing(missing(id), id);
            return [.. found.Where(session => wanted.Contains(idOf(session)))];
        }

        void Missing(string text, object target)
            => WriteError(ErrorOf(
                new NetworkException(
                    NetworkErrorCode.ObjectNotFound,
                    $"{text} in namespace '{stack.Namespace}'. Get-L2tpSession lists what is there.",
                    target.ToString()),
                target));
    }
}
