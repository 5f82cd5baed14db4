using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that works on L2TP sessions: by their ids, by their links' names with wildcards, or as they come down the pipeline.</summary>
public abstract class L2tpSessionCmdlet : StackCmdlet
{
    private string[]? _commandLineAlias;

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
    [ValidateNotNullOrEmpty]
    public string[]? InterfaceAlias { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _commandLineAlias = InterfaceAlias;

    /// <inheritdoc/>
    protected override void ForgetPipelineNames() => InterfaceAlias = _commandLineAlias;

    /// <summary>Reads the sessions that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The sessions.</returns>
    protected IReadOnlyList<L2tpSession> SelectSessions(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        IReadOnlyList<L2tpSession> found = stack.L2tp.ListSessions(cancellation: Cancellation);
        if (TunnelId is not null)
            found = Narrow(found, TunnelId, (session, id) => session.TunnelId == id, id => $"There is no session in an L2TP tunnel {id}");
        if (SessionId is not null)
            found = Narrow(found, SessionId, (session, id) => session.SessionId == id, id => $"There is no L2TP session {id}{(TunnelId is { Length: 1 } ? $" in tunnel {TunnelId[0]}" : string.Empty)}");
        if (InterfaceAlias is not null)
        {
            found = Narrow(
                found,
                InterfaceAlias,
                (session, name) => new WildcardPattern(name, WildcardOptions.CultureInvariant).IsMatch(session.InterfaceAlias),
                name => WildcardPattern.ContainsWildcardCharacters(name) ? null : $"There is no L2TP session whose link is '{name}'");
        }

        return found;

        List<L2tpSession> Narrow<T>(IReadOnlyList<L2tpSession> sessions, T[] wanted, Func<L2tpSession, T, bool> isIt, Func<T, string?> missing)
        {
            var result = new List<L2tpSession>();
            foreach (var item in wanted)
            {
                var before = result.Count;
                result.AddRange(sessions.Where(session => isIt(session, item) && !result.Contains(session)));
                if (result.Count == before && !sessions.Any(session => isIt(session, item)) && missing(item) is { } text)
                    WriteError(ErrorOf(new NetworkException(NetworkErrorCode.ObjectNotFound, $"{text} in namespace '{stack.Namespace}'. Get-L2tpSession lists what is there.", item?.ToString()), item));
            }

            return result;
        }
    }
}
