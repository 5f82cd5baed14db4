using System.Collections;
using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>Changes one configuration file of LXC, which is named by its path or its container.</summary>
public abstract class LxcConfigCmdlet : NetworkCmdlet
{
    protected const string PathSet = "Path", ContainerSet = "Container";

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ContainerSet)]
    [ArgumentCompleter(typeof(LxcContainerCompleter))]
    public string Container { get; set; } = string.Empty;

    [Parameter(Mandatory = true, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    public string Path { get; set; } = string.Empty;

    [Parameter(ParameterSetName = ContainerSet)]
    public string LxcPath { get; set; } = LxcConfiguration.DefaultLxcPath;

    /// <summary>What the cmdlet's change is called.</summary>
    protected abstract string Caption { get; }

    /// <summary>Changes the file in memory.</summary>
    /// <param name="configuration">The file.</param>
    protected abstract void Change(LxcConfiguration configuration);

    /// <summary>Emits what the cmdlet emits.</summary>
    /// <param name="configuration">The file as it is now.</param>
    protected virtual void Emit(LxcConfiguration configuration)
    {
    }

    /// <inheritdoc/>
    protected override object ItemTarget => ParameterSetName == PathSet ? Path : Container;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var configuration = ParameterSetName == PathSet
            ? LxcConfiguration.Open(FullPath(Path))
            : LxcConfiguration.OpenContainer(Container, FullPath(LxcPath));
        if (!WhatIf)
            configuration.Sweep();
        Change(configuration);
        var changes = configuration.Changes;
        if (changes.Count > 0)
        {
            var description = $"{Caption} in "
                + $"'{Netlink.KernelText.Printable(configuration.Path)}':\n{string.Join('\n', changes)}";
            if (!ShouldProcess(description, description + "\nContinue?", Caption))
                return;
            configuration.Save();
        }

        Emit(configuration);
    }
}

/// <summary>The keys of a network.</summary>
public abstract class LxcNetworkCmdlet : LxcConfigCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(HostInterfaceCompleter))]
    public string? Link { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceName")]
    public string? Name { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public SwitchParameter Up { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? MacAddress { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public int? Mtu { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [ListText]
    public IPPrefix[]? IPv4Address { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? IPv4Gateway { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [ListText]
    public IPPrefix[]? IPv6Address { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? IPv6Gateway { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? VethPair { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public LxcVethMode? VethMode { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public MacvlanMode? MacvlanMode { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public IpvlanMode? IpvlanMode { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public IpvlanFlag? IpvlanIsolation { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public int? VlanId { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ScriptUp { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ScriptDown { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("OtherKeys")]
    [AllowNull]
    public IDictionary? OtherKey { get; set; }

    /// <summary>The parameters that were given, as keys.</summary>
    /// <param name="isMeant">Which parameters count.</param>
    /// <returns>The keys.</returns>
    protected LxcNetworkSettings Settings(Func<string, bool> isMeant)
    {
        ArgumentNullException.ThrowIfNull(isMeant);
        var settings = new LxcNetworkSettings();
        Put(nameof(Link), () => settings.Link = Link);
        Put(nameof(Name), () => settings.Name = Name);
        Put(nameof(Up), () => settings.Up = Up.IsPresent);
        Put(nameof(MacAddress), () => settings.MacAddress = MacAddress);
        Put(nameof(Mtu), () => settings.Mtu = Mtu);
        Put(nameof(IPv4Address), () => settings.IPv4Address = IPv4Address);
        Put(nameof(IPv4Gateway), () => settings.IPv4Gateway = IPv4Gateway);
        Put(nameof(IPv6Address), () => settings.IPv6Address = IPv6Address);
        Put(nameof(IPv6Gateway), () => settings.IPv6Gateway = IPv6Gateway);
        Put(nameof(VethPair), () => settings.VethPair = VethPair);
        Put(nameof(VethMode), () => settings.VethMode = VethMode);
        Put(nameof(MacvlanMode), () => settings.MacvlanMode = MacvlanMode);
        Put(nameof(IpvlanMode), () => settings.IpvlanMode = IpvlanMode);
        Put(nameof(IpvlanIsolation), () => settings.IpvlanIsolation = IpvlanIsolation);
        Put(nameof(VlanId), () => settings.VlanId = VlanId);
        Put(nameof(ScriptUp), () => settings.ScriptUp = ScriptUp);
        Put(nameof(ScriptDown), () => settings.ScriptDown = ScriptDown);
        Put(nameof(OtherKey), () =>
        {
            foreach (DictionaryEntry entry in OtherKey ?? new Hashtable())
                settings.Put($"{entry.Key}", LanguagePrimitives.ConvertTo<string[]>(entry.Value) ?? []);
        });
        return settings;

        void Put(string parameter, Action put)
        {
            if (MyInvocation.BoundParameters.ContainsKey(parameter) && isMeant(parameter))
                put();
        }
    }
}

/// <summary>Offers containers that have a configuration file of LXC.</summary>
public sealed class LxcContainerCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        return LxcConfiguration.ContainerNames(bound["LxcPath"]?.ToString() ?? LxcConfiguration.DefaultLxcPath)
            .Select(name => (name, string.Empty));
    }
}
