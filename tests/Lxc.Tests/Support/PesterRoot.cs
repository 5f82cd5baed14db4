using System.Runtime.InteropServices;

namespace LxcNetworking.Tests;

/// <summary>
/// This machine's files as the root of a privileged container that runs the Pester files of one tag: a throwaway layer
/// over /, with the checkout, PowerShell and .NET mounted read-only. Made inside a <see cref="Sandbox"/>, whose mounts
/// go away with it.
/// </summary>
internal sealed class PesterRoot
{
    private const string Tag = "PrivilegedContainer", Script = "/pester", Layers = "/run/pester-root";
    private readonly string[] _files;
    private readonly string _output = System.IO.Path.Combine(Pester.Results, "container.log");

    public PesterRoot()
    {
        _files = [.. Directory.EnumerateFiles(Repository.File("tests"), "*.Tests.ps1")
            .Where(file => File.ReadAllText(file).Contains($" -Tag {Tag} ", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
        Assert.NotEmpty(_files);
        var powershell = Sandbox.Execute(Repository.File("tests", "lanes", "powershell", "setup.sh")).Trim();
        var dotnet = System.IO.Path.GetFullPath(
            System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        Directory.CreateDirectory(Pester.Results);
        Mounts = [(Repository.Top, true), (powershell, true), (dotnet, true), (Pester.Results, false)];

        foreach (var folder in new[] { "upper", "work", "root" })
            Directory.CreateDirectory($"{Layers}/{folder}");
        Sandbox.Execute("mount", "-t", "overlay", "pester", Path,
            "-o", $"lowerdir=/,upperdir={Layers}/upper,workdir={Layers}/work");
        File.WriteAllText(Path + Script, $"""
            export PATH='{powershell}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' DOTNET_ROOT='{dotnet}' HOME=/root
            export LXCNETWORKING_MODULE='{Repository.BuiltManifest}'
            exec '{Repository.File("tests", "pester.sh")}' --inside -r '{Pester.Results}' -t {Tag} '{string.Join("' '", _files)}' >'{_output}' 2>&1 </dev/null
            """);
    }

    /// <summary>The container's root on this machine.</summary>
    public string Path => $"{Layers}/root";

    /// <summary>The container's first process.</summary>
    public IReadOnlyList<string> Command => ["/bin/sh", Script];

    /// <summary>What is mounted at the same path inside, an outer folder before those in it.</summary>
    public IReadOnlyList<(string Path, bool IsReadOnly)> Mounts { get; }

    /// <summary>Fails unless every file ran in the container and passed.</summary>
    /// <param name="log">What is shown where the container's process never started.</param>
    public void AssertPassed(string log = "")
    {
        var text = File.Exists(_output) ? File.ReadAllText(_output) : log;
        var verdicts = text.Split('\n').Where(line => line.StartsWith("pester: ", StringComparison.Ordinal)).ToArray();
        Assert.True(
            verdicts.Length == _files.Length && verdicts.All(line => line.EndsWith(", ok", StringComparison.Ordinal)),
            $"{_files.Length} files should have passed in the " +
                $"container:\n{string.Join('\n', verdicts)}\n{Pester.Failures(text)}");
    }
}
