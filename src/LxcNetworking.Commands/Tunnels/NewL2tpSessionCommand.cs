using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.L2tp;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Makes an Ethernet session in an L2TPv3 tunnel.</summary>
[Cmdlet(VerbsCommon.New, "L2tpSession", SupportsShouldProcess = true)]
[OutputType(typeof(L2tpSession))]
public sealed class NewL2tpSessionCommand : StackCmdlet
{
    [Parameter(Position = 0)]
    [Alias("InterfaceAlias")]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Name { get; set; }

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(L2tpTunnelCompleter))]
    public uint TunnelId { get; set; }

    [Parameter(Mandatory = true)]
    public uint SessionId { get; set; }

    [Parameter(Mandatory = true)]
    public uint PeerSessionId { get; set; }

    [Parameter]
    public string? Cookie { get; set; }

    [Parameter]
    public string? PeerCookie { get; set; }

    [Parameter]
    public L2tpSequencing Sequencing { get; set; }

    [Parameter]
    public L2tpSublayer Sublayer { get; set; } = L2tpSublayer.Default;

    [Parameter]
    [Milliseconds]
    public TimeSpan? ReorderTimeout { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var spec = new L2tpSessionSpec(TunnelId, SessionId, PeerSessionId)
        {
            Name = Name,
            Cookie = L2tpSessionSpec.ParseCookie(Cookie),
            PeerCookie = L2tpSessionSpec.ParseCookie(PeerCookie),
            Sequencing = Sequencing,
            Sublayer = Sublayer,
            ReorderTimeout = ReorderTimeout,
            Bridge = Bridge,
            Mtu = Mtu,
            Up = Up,
        };
        if (ShouldProcess($"{SessionId} of tunnel {TunnelId} in namespace {stack.Namespace}", "Create L2TP session"))
            WriteObject(stack.L2tp.CreateSession(spec, Cancellation));
    }
}
