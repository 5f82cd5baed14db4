using System.Reflection;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// Assemblies that use each other one way only, and nothing in the module that could clash with another module's.
/// </summary>
public class LayerTests
{
    private const string LibC = "LxcNetworking.LibC", Netlink = "LxcNetworking.Netlink", Core = "LxcNetworking.Core",
        Commands = "LxcNetworking.Commands", Yaml = "LxcNetworking.Yaml", Tmds = "Tmds.LibC", YamlDotNet = "YamlDotNet";

    // What each may refer to, beside the framework.
    private static readonly Dictionary<string, string[]> s_layers = new()
    {
        [LibC] = [Tmds],
        [Yaml] = [YamlDotNet],
        [Netlink] = [LibC],
        [Core] = [LibC, Netlink, Yaml],
        [Commands] = [Netlink, Core, "System.Management.Automation"],
    };

    // Generators run in the compiler, and nothing refers to them. The program is compiled with what it refers to.
    public static TheoryData<string> Assemblies_of_the_project
        => [.. Directory.EnumerateFiles(Repository.File("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => name is not ("LxcNetworking.Generators" or "lxcnet"))];

    [Theory]
    [MemberData(nameof(Assemblies_of_the_project))]
    public void Assembly_refers_to_nothing_above_it_and_to_nobody_elses(string name)
    {
        var references = Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();
        Assert.DoesNotContain(references, reference => !s_layers[name].Contains(reference) && !IsFramework(reference));
    }

    [Fact]
    public void Only_what_users_can_name_is_loaded_where_other_modules_are()
    {
        string[] own =
        [
            $"{Commands}.dll",
            $"{Core}.dll",
            $"{Netlink}.dll",
            $"dependencies/{LibC}.dll",
            $"dependencies/{Yaml}.dll",
            $"dependencies/{YamlDotNet}.dll",
            $"dependencies/linux-arm64/{Tmds}.dll",
            $"dependencies/linux-x64/{Tmds}.dll",
        ];
        Assert.Equal(own, Assemblies(Path.Combine(Path.GetDirectoryName(Repository.BuiltManifest)!, "Module", "bin")));
        // After a build or publish in the checkout.
        if (Directory.Exists(Repository.File("Module", "bin")))
            Assert.Equal(own, Assemblies(Repository.File("Module", "bin")));
    }

    private static string[] Assemblies(string folder)
        =>
        [
            .. Directory.EnumerateFiles(folder, "*.dll", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal),
        ];

    private static bool IsFramework(string name)
        => name != "System.Management.Automation"
        && (name.StartsWith("System.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal) || name == "netstandard");
}
