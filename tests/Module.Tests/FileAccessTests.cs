using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>Files that a container or another user could have planted are opened by OpenFolder alone.</summary>
public sealed partial class FileAccessTests
{
    // The path is a constant of the kernel's, the file was made by this process in a folder that only this user can
    // reach, it lies in the module's own folder, or an administrator named it and its content is never shown.
    private static readonly string[] s_exceptions =
    [
        "Namespaces/ChildProgram.cs: File.ReadAllBytes($\"/proc/",
        "Namespaces/ChildProgram.cs: File.ReadAllText($\"/proc/",
        "Containers/Dhcp/DhcpIdentity.cs: File.ReadAllText(file)",
        "Containers/Networks/Dnsmasq.cs: File.ReadAllText($\"/proc/",
        "Containers/Networks/Dnsmasq.cs: File.ReadAllText(GroupsFile)",
        "Containers/Networks/Dnsmasq.cs: File.ReadLines(\"/etc/passwd\")",
        "Containers/Networks/NameServers.cs: File.ReadLines(file)",
        "Containers/Runtimes/LxcRuntime.cs: File.ReadLines(\"/proc/",
        "Helper/HelperProgram.cs: File.GetUnixFileMode(program)",
        "Helper/HelperProgram.cs: File.SetUnixFileMode(program",
        "Addressing/IPInterfaceOperations.cs: File.WriteAllText($\"/proc/sys/",
        "Addressing/IPInterfaceOperations.cs: new FileStream(path",
        "Addressing/InterfaceSettings.cs: File.ReadAllText(path)",
        "Addressing/InterfaceSettings.cs: File.WriteAllText(PathOf(",
        "Addressing/JoinedAddresses.cs: File.ReadLines(GroupFile)",
        "Addressing/RouteList.cs: new FileStream(path, FileMode.Open, FileAccess.Read",
        "Addressing/RouteList.cs: new StreamReader(list",
        "Links/Kinds/Tap.cs: LibC.Open(Device",
        "NamespaceExecutor.cs: LibC.Open(\"/proc/",
        "Netfilter/Filtering/TrafficFilters.cs: File.ReadAllText(BridgeSettings",
        "Netfilter/Filtering/TrafficFilters.cs: File.ReadLines(\"/proc/",
        "Namespaces/NamespaceReference.cs: File.ReadAllText(\"/proc/sys/kernel/random/boot_id\")",
        "Namespaces/NamespaceStore.cs: LibC.Open(path, LibC.O_RDONLY | LibC.O_CREAT | LibC.O_EXCL",
        "Namespaces/PoolThreads.cs: File.ReadAllText(folder + \"/comm\")",
        "WireGuard/WireGuardKeys.cs: File.GetUnixFileMode(path)",
        "WireGuard/WireGuardKeys.cs: File.OpenHandle(path)",
        "WireGuard/WireGuardKeys.cs: new FileStream(path",
    ];

    [Fact]
    public void Files_are_opened_in_one_place_only()
    {
        var source = Repository.File("src");
        var found = new List<string>();
        var paths = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .Where(path => !path.Contains("/Files/", StringComparison.Ordinal));
        foreach (var path in paths)
        {
            // Without the project's folder.
            var name = string.Join('/', Path.GetRelativePath(source, path).Split('/')[1..]);
            var code = File.ReadLines(path)
                .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));
            foreach (var line in code)
            {
                found.AddRange(Opening().Matches(line).Select(match => name + ": "
                    + line[match.Index..].Replace("System.IO.", string.Empty, StringComparison.Ordinal)));
            }
        }

        Assert.Equal([], found.Where(line => !s_exceptions.Any(exception => IsOf(line, exception))));
        Assert.Equal([], s_exceptions.Where(exception => !found.Any(line => IsOf(line, exception))));

        static bool IsOf(string line, string exception) => line.StartsWith(exception, StringComparison.Ordinal);
    }

    [GeneratedRegex(
        @"\b(System\.IO\.)?File\.(Open|Read|Write|Append|Create|Copy|Move|Replace|SetUnix|GetUnix)\w*\("
        + @"|new (FileStream|StreamReader|StreamWriter)\(|LibC\.Open\(")]
    private static partial Regex Opening();
}
