using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Lists what IPv4 and IPv6 are set to on interfaces.</summary>
[Cmdlet(VerbsCommon.Get, "NetIPInterface")]
[OutputType(typeof(NetIPInterface))]
public sealed class GetNetIPInterfaceCommand : AddressingCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() => ForEachStack(All, stack =>
    {
        var filter = new AddressFilter { InterfaceIndexes = SelectInterfaces(stack), Family = AddressFamily };
        WriteObject(stack.IPInterfaces.List(filter, Cancellation), enumerateCollection: true);
    });
}

/// <summary>Tells whether a namespace or its interfaces forward.</summary>
[Cmdlet(VerbsCommon.Get, "NetForwarding")]
[OutputType(typeof(NetForwarding))]
public sealed class GetNetForwardingCommand : AddressingCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
        => ForEachStack(
            All,
            stack => WriteObject(
                Read(stack, SelectInterfaces(stack), AddressFamily, Cancellation), enumerateCollection: true));

    /// <summary>Reads the namespace's setting, or that of interfaces.</summary>
    internal static IEnumerable<NetForwarding> Read(
        NetworkStack stack, IReadOnlyCollection<int>? interfaces, IPFamily? family, CancellationToken cancellation)
        => interfaces is null
            ? stack.IPInterfaces.ListForwarding(family, cancellation)
            : stack.IPInterfaces.List(
                new AddressFilter { InterfaceIndexes = interfaces, Family = family },
                cancellation).Select(item => item.ToForwarding());
}

/// <summary>Turns forwarding on or off.</summary>
[Cmdlet(VerbsCommon.Set, "NetForwarding", SupportsShouldProcess = true)]
[OutputType(typeof(NetForwarding))]
public sealed class SetNetForwardingCommand : AddressingCmdlet
{
    [Parameter(Position = 0)]
    public bool Enabled { get; set; } = true;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var interfaces = SelectInterfaces(stack);
        if (Enabled && AddressFamily != IPFamily.IPv4)
        {
            foreach (var (_, loss) in stack.IPInterfaces.ForwardingLosses(Cancellation))
                WriteWarning(loss + ".");
        }

        // Of an interface that has no IPv6, only what it has is set.
        foreach (var now in GetNetForwardingCommand.Read(stack, interfaces, AddressFamily, Cancellation).ToList())
        {
            var where = now.InterfaceAlias is null
                ? $"namespace {stack.Namespace}"
                : $"{now.InterfaceAlias} in namespace {stack.Namespace}";
            if (!ShouldProcess(where, $"Turn {now.AddressFamily} forwarding {(Enabled ? "on" : "off")}"))
                continue;
            Try(() =>
            {
                var link = now.InterfaceIndex is { } index ? stack.Links.Get(index, Cancellation) : null;
                stack.IPInterfaces.SetForwarding(now.AddressFamily, Enabled, link, Cancellation);
                if (PassThru)
                    WriteObject(
                        GetNetForwardingCommand.Read(
                            stack,
                            now.InterfaceIndex is { } read ? [read] : null,
                            now.AddressFamily,
                            CancellationToken.None),
                        enumerateCollection: true);
            });
        }
    }
}

/// <summary>Shows interfaces with their addresses and gateways.</summary>
[Cmdlet(VerbsCommon.Get, "NetIPConfiguration")]
[OutputType(typeof(NetIPConfiguration))]
public sealed class GetNetIPConfigurationCommand : LinkCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        ForEachStack(All, Write);
    }

    private void Write(NetworkStack stack)
    {
        var chosen = IsLinkNamed ? SelectBareLinks(stack).Select(link => link.Index).ToHashSet() : null;
        foreach (var item in stack.IPInterfaces.ListConfigurations(chosen, Cancellation))
        {
            // Unless it is asked for, what has nothing to tell is left out.
            if (chosen is not null
                || ((item.NetAdapter.IsUp || item.IPv4Address.Count + item.IPv6Address.Count > 0)
                    && (item.NetAdapter.Flags & LinkFlags.Loopback) == 0))
                WriteObject(item);
        }
    }
}
