using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>The NuGet packages of the libraries.</summary>
public class PackageTests
{
    [Theory]
    [InlineData("LxcNetworking.LibC", new[] { "Tmds.LibC" })]
    [InlineData("LxcNetworking.Netlink", new[] { "LxcNetworking.LibC" })]
    [InlineData("LxcNetworking.Yaml", new[] { "YamlDotNet" })]
    [InlineData("LxcNetworking.Core", new[] { "LxcNetworking.Netlink", "LxcNetworking.Yaml" })]
    public void A_library_is_packed_with_what_its_users_look_for(string name, string[] dependencies)
    {
        if (Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") is "full-kernel" or "new-kernel")
            Assert.Skip("a package is the same whatever the kernel");
        var folder = Directory.CreateTempSubdirectory("package-");
        try
        {
            Pack(name, folder.FullName);
            var file = Assert.Single(Directory.EnumerateFiles(folder.FullName, "*.nupkg"));
            using var package = ZipFile.OpenRead(file);
            var files = package.Entries.Select(entry => entry.FullName).ToList();
            Assert.Contains($"lib/net10.0/{name}.dll", files);
            Assert.Contains($"lib/net10.0/{name}.xml", files);
            Assert.Contains("README.md", files);
            Assert.DoesNotContain(files, entry => entry.Contains("Generators", StringComparison.Ordinal));

            using var nuspec = package.GetEntry($"{name}.nuspec")!.Open();
            var metadata = XDocument.Load(nuspec).Root!.Elements().First(item => item.Name.LocalName == "metadata");
            string? Value(string element)
                => metadata.Elements().FirstOrDefault(item => item.Name.LocalName == element)?.Value;
            Assert.Equal(("MIT", "README.md"), (Value("license"), Value("readme")));
            Assert.InRange(Value("description")!.Length, 80, 400);
            Assert.Contains("netlink", Value("tags")!.Split(' '));
            Assert.Equal(
                dependencies,
                metadata.Descendants().Where(item => item.Name.LocalName == "dependency")
                    .Select(item => item.Attribute("id")!.Value));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // What has just been built, in the configuration of this assembly.
    private static void Pack(string name, string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo(
            "dotnet",
            ["pack", Repository.File("src", name), "--no-build", "-c", configuration, "-o", folder, "-v", "quiet"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
    }
}
