using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Reads the networks in configuration files of LXC.</summary>
[Cmdlet(VerbsCommon.Get, "LxcNetworkConfig", DefaultParameterSetName = ContainerSet)]
[OutputType(typeof(LxcNetworkConfig))]
public sealed class GetLxcNetworkConfigCommand : NetworkCmdlet
{
    private const string PathSet = "Path", ContainerSet = "Container";

    [Parameter(Position = 0, ParameterSetName = ContainerSet, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(LxcContainerCompleter))]
    [SupportsWildcards]
    public string[] Container { get; set; } = ["*"];

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
    protected override void ProcessRecord()
    {
        if (ParameterSetName == PathSet)
        {
            foreach (var path in Path.SelectMany(Resolve))
                Try(() => Emit(LxcConfiguration.Open(path)), path);
            return;
        }

        var folder = GetUnresolvedProviderPathFromPSPath(LxcPath);
        foreach (var name in Container)
        {
            Try(
                () =>
                {
                    if (!WildcardPattern.ContainsWildcardCharacters(name))
                    {
                        Emit(LxcConfiguration.OpenContainer(name, folder));
                        return;
                    }

                    var pattern = new WildcardPattern(name, WildcardOptions.CultureInvariant);
                    foreach (var found in LxcConfiguration.ContainerNames(folder).Where(pattern.IsMatch))
                        Try(() => Emit(LxcConfiguration.OpenContainer(found, folder)), found);
                },
                name);
        }
    }

    // A file's name that happens to have a wildcard in it means the file.
    private IEnumerable<string> Resolve(string path)
    {
        var literal = GetUnresolvedProviderPathFromPSPath(path);
        return WildcardPattern.ContainsWildcardCharacters(path) && !File.Exists(literal) ? GetResolvedProviderPathFromPSPath(path, out _) : [literal];
    }

    private void Emit(LxcConfiguration configuration)
    {
        foreach (var problem in configuration.Problems)
            WriteWarning($"LXC will refuse '{Netlink.KernelText.Printable(configuration.Path)}', {problem}.");
        var networks = configuration.Networks.Where(network => Type is null || Type.Contains(network.Type)).ToList();
        foreach (var missing in (Index ?? []).Where(index => networks.TrueForAll(network => network.Index != index)))
            WriteError(ErrorOf(new NetworkException(NetworkErrorCode.ObjectNotFound, $"There is no network {missing} in '{Netlink.KernelText.Printable(configuration.Path)}'.", configuration.Path)));
        WriteObject(networks.Where(network => Index is null || Index.Contains(network.Index)), enumerateCollection: true);
    }
}
