using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Containers;

/// <summary>Gets leases for links by DHCP and sets their addresses.</summary>
[Cmdlet(VerbsLifecycle.Request, "DhcpLease", SupportsShouldProcess = true)]
[OutputType(typeof(DhcpLease))]
public sealed class RequestDhcpLeaseCommand : LinkCmdlet
{
    [Parameter]
    public SwitchParameter NoGateway { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var link in SelectLinks(stack))
        {
            if (ShouldProcess($"{link.Name} in namespace {stack.Namespace}", "Request DHCP lease"))
                Try(() => WriteObject(stack.Containers.RequestLease(link, NoGateway, Timeout, Cancellation)), link);
        }
    }
}
