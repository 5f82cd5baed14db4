using System.Collections;
using System.Globalization;
using LxcNetworking.Commands.Completers;
using LxcNetworking.L2tp;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Offers the ids of the L2TP tunnels of the namespace already typed.</summary>
public sealed class L2tpTunnelCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).L2tp.ListTunnels()
            .Select(tunnel => (tunnel.ToString(), $"{tunnel.Encapsulation} from {tunnel.Local} to {tunnel.Remote}"));
}

/// <summary>Offers the ids of the L2TP sessions of the namespace, and the tunnel if it was typed.</summary>
public sealed class L2tpSessionCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        var tunnel = bound["TunnelId"]?.ToString();
        return StackOf(bound).L2tp.ListSessions()
            .Where(session => tunnel is null || session.TunnelId.ToString(CultureInfo.InvariantCulture) == tunnel)
            .Select(
                session => (
                    session.SessionId.ToString(CultureInfo.InvariantCulture),
                    $"{session.InterfaceAlias} in tunnel {session.TunnelId}"));
    }
}

/// <summary>Offers the links of the L2TP sessions of the namespace already typed.</summary>
public sealed class L2tpLinkCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).L2tp.ListSessions()
            .Select(session => (session.InterfaceAlias, $"session {session.SessionId} in tunnel {session.TunnelId}"));
}
