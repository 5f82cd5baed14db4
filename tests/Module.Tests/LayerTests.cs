using System.Reflection;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>Three layers whose arrows point one way only, and nothing in the module that could clash with another module's.</summary>
public class LayerTests
{
    private const string Netlink = "LxcNetworking.Netlink", Core = "LxcNetworking.Core", Commands = "LxcNetworking.Commands";

    [Theory]
    [InlineData(Netlink)]
    [InlineData(Core, Netlink)]
    [InlineData(Commands, Netlink, Core, "System.Management.Automation")]
    public void Assembly_refers_to_nothing_above_it_and_to_nobody_elses(string name, params string[] allowed)
    {
        var references = Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();
        Assert.DoesNotContain(references, reference => !allowed.Contains(reference) && !IsFramework(reference));
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
