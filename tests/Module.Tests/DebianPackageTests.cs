using System.Diagnostics;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>The Debian package of lxcnet, in a root of its own.</summary>
public sealed class DebianPackageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("deb-");

    private string Root => Path.Combine(_folder.FullName, "root");

    [Fact]
    public void It_is_installed_upgraded_removed_and_purged_and_changes_no_network()
    {
        var program = Repository.File("out", "lxcnet", "lxcnet");
        if (Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") is "full-kernel" or "new-kernel")
            Assert.Skip("a package is the same whatever the kernel");
        if (!File.Exists(program) || !File.Exists("/usr/bin/dpkg-deb"))
            Assert.Skip("there is no lxcnet to pack, or no dpkg");
        var (old, current) = (Pack(program, "0.2.0~rc1"), Pack(program, "0.2.0"));
        foreach (var path in new[] { "info", "updates", "triggers" })
            Directory.CreateDirectory(Path.Combine(Root, "var/lib/dpkg", path));
        foreach (var path in new[] { "status", "available" })
            File.WriteAllText(Path.Combine(Root, "var/lib/dpkg", path), string.Empty);
        var (network, empty) = (Network(), Files());

        Dpkg("--install", old);
        Assert.Equal("lxcnet 0.2.0\n", Run(Path.Combine(Root, "usr/bin/lxcnet"), "--version"));
        Assert.Contains("usr/share/man/man8/lxcnet.8.gz", Files());
        Assert.Contains("usr/bin/lxcnet.netstate.dsc.resource.json", Files());
        Assert.Contains("usr/share/bash-completion/completions/lxcnet", Files());
        Assert.Contains("usr/lib/systemd/system/lxcnet.service", Files());
        Assert.True(Directory.Exists(Path.Combine(Root, "etc/lxcnet")));
        var installed = Files();
        Dpkg("--install", current);
        Assert.Equal(installed, Files());
        Assert.Contains("Version: 0.2.0\n", File.ReadAllText(Path.Combine(Root, "var/lib/dpkg/status")),
            StringComparison.Ordinal);
        Dpkg("--remove", "lxcnet");
        Assert.Equal(empty, Files());
        Dpkg("--purge", "lxcnet");
        Assert.Equal(empty, Files());
        Assert.Equal(network, Network());
        if (File.Exists("/usr/bin/lintian"))
            Assert.Equal(string.Empty, Run("lintian", "--allow-root", current));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Pack(string program, string version) => Run(
        Repository.File("src", "lxcnet", "debian", "package.sh"), program, version, _folder.FullName).TrimEnd();

    // What the package needs is not in that root.
    private void Dpkg(string action, string what)
        => Run(
            "dpkg", $"--root={Root}", "--force-script-chrootless", "--force-depends", "--force-unsafe-io",
            "--log=/dev/null", action, what);

    private List<string> Files() =>
    [
        .. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.StartsWith("var/lib/dpkg/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    private static string Network() => Run("ip", "-br", "link") + Run("ip", "-br", "address") + Run("ip", "route");

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {errors.Result}{output}");
        return output;
    }
}
