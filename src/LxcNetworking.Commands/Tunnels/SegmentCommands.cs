using System.Collections;
using System.Management.Automation;
using System.Security;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Segments;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Makes this host's part of a layer-2 segment that spans hosts.</summary>
[Cmdlet(VerbsCommunications.Connect, "NetSegment", SupportsShouldProcess = true)]
[OutputType(typeof(NetSegment), typeof(string))]
public sealed class ConnectNetSegmentCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ObjectName]
    public string Bridge { get; set; } = string.Empty;

    [Parameter(Mandatory = true)]
    [StrictAddress]
    public IPAddress Local { get; set; } = IPAddress.Any;

    [Parameter(Mandatory = true)]
    [StrictAddress]
    public IPAddress[] Remote { get; set; } = [];

    [Parameter(Mandatory = true)]
    public SegmentEncapsulation Encapsulation { get; set; }

    [Parameter]
    public long? Key { get; set; }

    [Parameter]
    public int? Port { get; set; }

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    public SwitchParameter WireGuard { get; set; }

    [Parameter]
    [ListText]
    public WireGuardPublicKey[]? PeerPublicKey { get; set; }

    [Parameter]
    public SecureString? PrivateKey { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyFile { get; set; }

    [Parameter]
    public int ListenPort { get; set; } = SegmentEncryption.DefaultPort;

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter AsScript { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        using var key = WireGuardKeyParameters.Read(this, PrivateKey, PrivateKeyFile, nameof(PrivateKey));
        var spec = new SegmentSpec(Bridge, Local, Remote, Encapsulation)
        {
            Key = Key,
            Port = Port,
            Mtu = Mtu,
            Force = Force,
            Encryption = Encryption(key),
        };
        // Before the question, so that -WhatIf promises nothing that could not be.
        spec.Validate();
        if (!ShouldProcess(
            $"{Bridge} in namespace {stack.Namespace}",
            $"Connect by {Encapsulation}{(WireGuard ? " inside WireGuard" : string.Empty)} with "
                + $"{string.Join(", ", Remote.AsEnumerable())}"))
            return;
        var segment = stack.Segments.Connect(spec, Cancellation);
        if (segment.LargerPort.Count > 0)
            WriteWarning(
                $"The segment carries packets of {segment.Mtu} bytes, and {string.Join(", ", segment.LargerPort)} can "
                    + $"bring larger ones, which are lost. Set-NetLink -Mtu {segment.Mtu} makes what is behind them "
                    + "fit.");
        if (AsScript)
            WriteObject(SegmentScript.Of(segment), enumerateCollection: true);
        else
            WriteObject(segment);
    }

    private SegmentEncryption? Encryption(WireGuardSecret? key)
    {
        if (!WireGuard)
        {
            return key is null && PeerPublicKey is null ? null
                : throw new NetworkException(
                    NetworkErrorCode.InvalidArgument, "Keys are for an encrypted segment: add -WireGuard.");
        }

        if (key is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "An encrypted segment needs this host's private key, whose public one the other hosts know: "
                    + "-PrivateKeyFile or -PrivateKey. New-WireGuardKey makes one.");
        return new SegmentEncryption(key, PeerPublicKey ?? [])
        {
            ListenPort = ListenPort,
            PrivateKeyFile = PrivateKeyFile is null ? null : FullPath(PrivateKeyFile),
        };
    }
}

/// <summary>Lists this host's parts of segments.</summary>
[Cmdlet(VerbsCommon.Get, "NetSegment")]
[OutputType(typeof(NetSegment))]
public sealed class GetNetSegmentCommand : StackCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceAlias")]
    [ArgumentCompleter(typeof(SegmentCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public string[]? Bridge { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var segments = Stack.Segments;
        WriteObject(
            NamePattern.Select(
                NamesIn(nameof(Bridge), Bridge),
                segments.List(Cancellation),
                segment => [segment.Bridge],
                name => Try(() => segments.Get(name.Literal, Cancellation), name.Text)),
            enumerateCollection: true);
    }
}

/// <summary>Offers the bridges of the namespace already typed that are parts of segments.</summary>
public sealed class SegmentCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Segments.List().Select(segment => (segment.Bridge, segment.ToString()));
}

/// <summary>Takes away this host's part of a segment.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "NetSegment", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class DisconnectNetSegmentCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceAlias")]
    [ArgumentCompleter(typeof(SegmentCompleter))]
    [ObjectName]
    public string[] Bridge { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var bridge in Bridge)
        {
            if (ShouldProcess($"{bridge} in namespace {stack.Namespace}", "Disconnect segment"))
                Try(() => stack.Segments.Disconnect(bridge, Cancellation), bridge);
        }
    }
}
