using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>Reads the networks in configuration files of LXC.</summary>
[Cmdlet(VerbsCommon.Get, "LxcNetworkConfig", DefaultParameterSetName = ContainerSet)]
[OutputType(typeof(LxcNetworkConfig))]
public sealed class GetLxcNetworkConfigCommand : NetworkCmdlet
{
    private const string PathSet = "Path", ContainerSet = "Container";

    [Parameter(Position = 0, ParameterSetName = ContainerSet, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(LxcContainerCompleter))]
    [SupportsWildcards]
    public string[]? Container { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    [Parameter(ParameterSetName = ContainerSet)]
    public string LxcPath { get; set; } = LxcConfiguration.DefaultLxcPath;

    [Parameter]
    public int[]? Index { get; set; }

    [Parameter]
    public LxcNetworkType[]? Type { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (ParameterSetName == PathSet)
        {
            foreach (var path in Path.SelectMany(Resolve))
                Try(() => Emit(LxcConfiguration.Open(path)), path);
            return;
        }

        var folder = FullPath(LxcPath);
        var patterns = NamesIn(nameof(Container), Container);
        var names = patterns is null ? LxcConfiguration.ContainerNames(folder)
            : patterns.SelectMany(
                pattern => pattern.IsLiteral
                    ? [pattern.Literal]
                    : pattern.Select(LxcConfiguration.ContainerNames(folder), name => [name]));
        foreach (var name in names)
            Try(() => Emit(LxcConfiguration.OpenContainer(name, folder)), name);
    }

    // A file whose name has wildcards in it is meant before what the pattern matches.
    private IEnumerable<string> Resolve(string path)
    {
        var literal = FullPath(path);
        return !IsPiped(nameof(Path)) && WildcardPattern.ContainsWildcardCharacters(path) && !File.Exists(literal)
            ? GetResolvedProviderPathFromPSPath(path, out _)
            : [literal];
    }

    private void Emit(LxcConfiguration configuration)
    {
        foreach (var problem in configuration.Problems)
            WriteWarning($"LXC will refuse '{Netlink.KernelText.Printable(configuration.Path)}', {problem}.");
        var networks = configuration.Networks.Where(network => Type is null || Type.Contains(network.Type)).ToList();
        foreach (var missing in (Index ?? []).Where(index => networks.TrueForAll(network => network.Index != index)))
            WriteError(ErrorOf(new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"There is no network {missing} in '{Netlink.KernelText.Printable(configuration.Path)}'.",
                configuration.Path)));
        WriteObject(
            networks.Where(network => Index is null || Index.Contains(network.Index)), enumerateCollection: true);
    }
}
