using System.Reflection;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// Assemblies that use each other one way only, and nothing in the module that could clash with another module's.
/// </summary>
public class LayerTests
{
    private const string Netlink = "LxcNetworking.Netlink", Core = "LxcNetworking.Core", Commands = "LxcNetworking.Commands";

    // What each may refer to, beside the framework.
    private static readonly Dictionary<string, string[]> s_layers = new()
    {
        [Netlink] = [],
        [Core] = [Netlink],
        [Commands] = [Netlink, Core, "System.Management.Automation"],
    };

    // Generators run in the compiler, and nothing refers to them. The program is compiled with what it refers to.
    public static TheoryData<string> Assemblies_of_the_project
        => [.. Directory.EnumerateFiles(Repository.File("src"), "*.csproj", SearchOption.AllDirectories).Select(path => Path.GetFileNameWithoutExtension(path)).Where(name => name is not ("LxcNetworking.Generators" or "lxcnet"))];

    [Theory]
    [MemberData(nameof(Assemblies_of_the_project))]
    public void Assembly_refers_to_nothing_above_it_and_to_nobody_elses(string name)
    {
        var references = Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();
        Assert.DoesNotContain(references, reference => !s_layers[name].Contains(reference) && !IsFramework(reference));
    }

    [Fact]
    public void The_module_ships_its_own_assemblies_only()
    {
        string[] own = [$"{Commands}.dll", $"{Core}.dll", $"{Netlink}.dll"];
        Assert.Equal(own, Assemblies(Path.GetDirectoryName(Repository.BuiltManifest)!));
        // After a build or publish in the checkout.
        if (Directory.Exists(Repository.File("Module", "bin")))
            Assert.Equal(own, Assemblies(Repository.File("Module")));
    }

    private static string[] Assemblies(string folder)
        => [.. Directory.EnumerateFiles(folder, "*.dll", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static bool IsFramework(string name)
        => name != "System.Management.Automation" && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal) || name == "netstandard");
}
