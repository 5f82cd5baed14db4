using System.Collections;
using System.Management.Automation;
using System.Security;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Offers the public keys of the peers of the link already typed.</summary>
public sealed class WireGuardPeerCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        var stack = StackOf(bound);
        var name = bound["InterfaceAlias"]?.ToString();
        return stack.Links.List(new LinkFilter { Kind = "wireguard", SkipStatistics = true })
            .Where(link => name is null || link.Name == name)
            .SelectMany(link => stack.WireGuard.ListPeers(link))
            .Select(
                peer => (
                    peer.ToString(),
                    $"on {peer.InterfaceAlias}, {peer.Endpoint?.ToString() ?? "nowhere yet"}, "
                        + $"{string.Join(' ', peer.AllowedIP)}"));
    }
}

/// <summary>Lists WireGuard peers.</summary>
[Cmdlet(VerbsCommon.Get, "WireGuardPeer")]
[OutputType(typeof(WireGuardPeer))]
public sealed class GetWireGuardPeerCommand : LinkCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(WireGuardPeerCompleter))]
    [ListText]
    public WireGuardPublicKey[]? PublicKey { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var names = Aliases;
        // A link in the pipeline has a public key too, which is its own and no peer's.
        var wanted = InputLink is null ? PublicKey : null;
        foreach (var link in SelectLinks(stack, everythingIfUnnamed: true))
        {
            if (link.Kind != "wireguard" && !IsNamed(link, names, InterfaceIndex))
                continue;
            Try(
                () => Write(stack, link, wanted, isOnlyLink: names is { Count: 1 } && IsNamed(link, names, null)),
                link);
        }
    }

    private void Write(NetworkStack stack, NetLink link, WireGuardPublicKey[]? wanted, bool isOnlyLink)
    {
        var peers = stack.WireGuard.ListPeers(link, Cancellation);
        if (wanted is null)
        {
            WriteObject(peers, enumerateCollection: true);
            return;
        }

        foreach (var key in wanted)
        {
            if (peers.FirstOrDefault(peer => peer.PublicKey.Equals(key)) is { } found)
                WriteObject(found);
            else if (isOnlyLink)
                WriteError(ErrorOf(new NetworkException(
                    NetworkErrorCode.ObjectNotFound,
                    $"'{link.Name}' in namespace '{stack.Namespace}' has no peer {key}. Get-WireGuardPeer {link.Name} "
                        + "lists those that it has.",
                    key.ToString())));
        }
    }
}

/// <summary>A cmdlet that writes or removes peers of one link, named literally or by an object in the
/// pipeline.</summary>
public abstract class WireGuardLinkPeerCmdlet : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(WireGuardLinkCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string InterfaceAlias { get; set; } = string.Empty;

    /// <summary>Reads the link that is meant.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The link.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or InvalidArgument if none was named.</exception>
    protected NetLink RequireLink(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return Meant(nameof(InterfaceAlias), InterfaceAlias) is { } name ? stack.Links.Get(name, Cancellation)
            : throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "Which interface? Name the WireGuard link with -InterfaceAlias.");
    }
}

/// <summary>A cmdlet that writes a peer.</summary>
public abstract class WireGuardPeerCmdlet : WireGuardLinkPeerCmdlet
{
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Endpoint { get; set; }

    [Parameter]
    [AllowEmptyCollection]
    [ListText]
    public IPPrefix[]? AllowedIP { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? PersistentKeepalive { get; set; }

    [Parameter]
    public SecureString? PresharedKey { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PresharedKeyFile { get; set; }

    /// <summary>What the parameters say.</summary>
    /// <param name="publicKey">The peer's key.</param>
    /// <param name="presharedKey">As <see cref="ReadPresharedKey"/> gave it.</param>
    /// <returns>The specification.</returns>
    protected WireGuardPeerSpec CreateSpec(WireGuardPublicKey publicKey, WireGuardSecret? presharedKey)
        => new(publicKey)
        {
            Endpoint = Endpoint is null ? null : WireGuardPeerSpec.ParseEndpoint(Endpoint),
            AllowedIP = AllowedIP,
            PersistentKeepalive = PersistentKeepalive,
            PresharedKey = presharedKey,
        };

    /// <summary>Reads the preshared key, if there is one.</summary>
    /// <returns>The key, to dispose.</returns>
    protected WireGuardSecret? ReadPresharedKey()
        => WireGuardKeyParameters.Read(this, PresharedKey, PresharedKeyFile, nameof(PresharedKey));
}

/// <summary>Adds a WireGuard peer.</summary>
[Cmdlet(VerbsCommon.Add, "WireGuardPeer", SupportsShouldProcess = true)]
[OutputType(typeof(WireGuardPeer))]
public sealed class AddWireGuardPeerCommand : WireGuardPeerCmdlet
{
    // Not from the pipeline: a link's own public key is not its peer's.
    [Parameter(Mandatory = true, Position = 1)]
    public WireGuardPublicKey PublicKey { get; set; } = null!;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        using var key = ReadPresharedKey();
        var spec = CreateSpec(PublicKey, key);
        var link = RequireLink(stack);
        if (ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Add WireGuard peer {PublicKey}"))
            WriteObject(stack.WireGuard.AddPeer(link, spec, Cancellation));
    }
}

/// <summary>Changes a WireGuard peer.</summary>
[Cmdlet(VerbsCommon.Set, "WireGuardPeer", SupportsShouldProcess = true)]
[OutputType(typeof(WireGuardPeer))]
public sealed class SetWireGuardPeerCommand : WireGuardPeerCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(WireGuardPeerCompleter))]
    public WireGuardPublicKey PublicKey { get; set; } = null!;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        using var key = ReadPresharedKey();
        var spec = CreateSpec(PublicKey, key);
        var link = RequireLink(stack);
        if (!ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Change WireGuard peer {PublicKey}"))
            return;
        stack.WireGuard.ChangePeer(link, spec, Cancellation);
        if (PassThru)
            WriteObject(
                stack.WireGuard.ListPeers(link, Cancellation).FirstOrDefault(peer => peer.PublicKey.Equals(PublicKey)));
    }
}

/// <summary>Removes WireGuard peers.</summary>
[Cmdlet(VerbsCommon.Remove, "WireGuardPeer", SupportsShouldProcess = true)]
public sealed class RemoveWireGuardPeerCommand : WireGuardLinkPeerCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(WireGuardPeerCompleter))]
    [ListText]
    public WireGuardPublicKey[] PublicKey { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var link = RequireLink(stack);
        foreach (var key in PublicKey)
        {
            if (ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Remove WireGuard peer {key}"))
                Try(() => stack.WireGuard.RemovePeer(link, key, Cancellation), key);
        }
    }
}
