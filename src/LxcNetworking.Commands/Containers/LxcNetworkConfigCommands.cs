using System.Management.Automation;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>Adds a network to a configuration file of LXC.</summary>
[Cmdlet(VerbsCommon.Add, "LxcNetworkConfig", SupportsShouldProcess = true, DefaultParameterSetName = ContainerSet)]
[OutputType(typeof(LxcNetworkConfig))]
public sealed class AddLxcNetworkConfigCommand : LxcNetworkCmdlet
{
    private int _added;

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public LxcNetworkType Type { get; set; }

    // Not by property name: a network that is copied gets a number of its own.
    [Parameter]
    [ValidateRange(0, int.MaxValue - 1)]
    public int? Index { get; set; }

    /// <inheritdoc/>
    protected override string Caption => "Add network";

    /// <inheritdoc/>
    protected override void Change(LxcConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var settings = Settings(_ => true);
        settings.Type = Type;
        _added = configuration.Add(settings, Index);
    }

    /// <inheritdoc/>
    protected override void Emit(LxcConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        WriteObject(configuration.Networks.First(network => network.Index == _added));
    }
}

/// <summary>Changes networks in a configuration file of LXC.</summary>
[Cmdlet(VerbsCommon.Set, "LxcNetworkConfig", SupportsShouldProcess = true, DefaultParameterSetName = ContainerSet)]
[OutputType(typeof(LxcNetworkConfig))]
public sealed class SetLxcNetworkConfigCommand : LxcNetworkCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public int[] Index { get; set; } = [];

    [Parameter]
    public LxcNetworkType? Type { get; set; }

    [Parameter]
    public SwitchParameter Down { get; set; }

    [Parameter]
    public LxcNetworkKey[]? Clear { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override string Caption => "Change network";

    /// <inheritdoc/>
    protected override void Begin()
    {
        if (Up && Down)
            ThrowTerminatingError(ErrorOf(new NetworkException(
                NetworkErrorCode.InvalidArgument, "A network is up or down: give one of -Up and -Down.")));
    }

    /// <inheritdoc/>
    protected override void Change(LxcConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        // A piped network's own keys say nothing new; what was typed counts.
        var settings = Settings(parameter => !IsPiped(parameter));
        foreach (var key in Clear ?? [])
            settings.Clear(key);
        if (Down)
            settings.Up = false;
        if (Type is not null)
            settings.Type = Type;
        foreach (var index in Index)
            configuration.Change(index, settings);
    }

    /// <inheritdoc/>
    protected override void Emit(LxcConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (PassThru)
            WriteObject(
                configuration.Networks.Where(network => Index.Contains(network.Index)), enumerateCollection: true);
    }
}

/// <summary>Removes networks from a configuration file of LXC.</summary>
[Cmdlet(VerbsCommon.Remove, "LxcNetworkConfig", SupportsShouldProcess = true, DefaultParameterSetName = ContainerSet)]
[OutputType(typeof(void))]
public sealed class RemoveLxcNetworkConfigCommand : LxcConfigCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public int[] Index { get; set; } = [];

    /// <inheritdoc/>
    protected override string Caption => "Remove network";

    /// <inheritdoc/>
    protected override void Change(LxcConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        foreach (var index in Index.Distinct())
            configuration.Remove(index);
    }
}

/// <summary>Turns the old network keys of LXC into the new ones.</summary>
[Cmdlet(VerbsData.Update, "LxcNetworkConfig", SupportsShouldProcess = true, DefaultParameterSetName = ContainerSet)]
[OutputType(typeof(LxcNetworkConfig))]
public sealed class UpdateLxcNetworkConfigCommand : LxcConfigCmdlet
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override string Caption => "Convert old network keys";

    /// <inheritdoc/>
    protected override void Change(LxcConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Update();
    }

    /// <inheritdoc/>
    protected override void Emit(LxcConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (PassThru)
            WriteObject(configuration.Networks, enumerateCollection: true);
    }
}
