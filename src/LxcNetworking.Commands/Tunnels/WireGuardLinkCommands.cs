using System.Management.Automation;
using System.Security;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Offers the WireGuard links of the namespace already typed.</summary>
public sealed class WireGuardLinkCompleter : InterfaceCompleter
{
    /// <inheritdoc/>
    protected override bool IsOffered(NetLink link) => link is WireGuardLink;
}

/// <summary>Makes a WireGuard link.</summary>
[Cmdlet(VerbsCommon.New, "WireGuardLink", SupportsShouldProcess = true)]
[OutputType(typeof(WireGuardLink))]
public sealed class NewWireGuardLinkCommand : NewLinkCmdlet, IDisposable
{
    private WireGuardSecret? _key;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SecureString? PrivateKey { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyFile { get; set; }

    [Parameter]
    public int? ListenPort { get; set; }

    [Parameter]
    public uint? FirewallMark { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
    {
        _key?.Dispose();
        _key = WireGuardKeyParameters.Read(this, PrivateKey, PrivateKeyFile, nameof(PrivateKey))
            ?? WireGuardSecret.NewPrivateKey();
        return new WireGuardSpec(
            Name, new WireGuardSettings { PrivateKey = _key, ListenPort = ListenPort, FirewallMark = FirewallMark });
    }

    /// <inheritdoc/>
    protected override NetLink Create(NetworkStack stack, LinkSpec spec)
    {
        using (_key)
            return base.Create(stack, spec);
    }

    /// <summary>Clears the key, also after Ctrl+C.</summary>
    public void Dispose() => _key?.Dispose();
}

/// <summary>Changes a WireGuard link's key, port or mark.</summary>
[Cmdlet(VerbsCommon.Set, "WireGuardLink", SupportsShouldProcess = true)]
[OutputType(typeof(WireGuardLink))]
public sealed class SetWireGuardLinkCommand : LinkCmdlet
{
    [Parameter]
    public SecureString? PrivateKey { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyFile { get; set; }

    [Parameter]
    public int? ListenPort { get; set; }

    [Parameter]
    public uint? FirewallMark { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        using var key = WireGuardKeyParameters.Read(this, PrivateKey, PrivateKeyFile, nameof(PrivateKey));
        var settings = new WireGuardSettings { PrivateKey = key, ListenPort = ListenPort, FirewallMark = FirewallMark };
        foreach (var link in SelectLinks(stack))
        {
            if (!ShouldProcess($"{link.Name} in namespace {stack.Namespace}", "Change WireGuard link"))
                continue;
            Try(
                () =>
                {
                    stack.WireGuard.Change(link, settings, Cancellation);
                    if (PassThru)
                        WriteObject(stack.Links.Get(link.Index, Cancellation));
                },
                link);
        }
    }
}
