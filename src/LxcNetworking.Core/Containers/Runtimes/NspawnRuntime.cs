using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Native;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>systemd-nspawn, by the files in which systemd-machined keeps its machines (KEY=value lines).</summary>
internal sealed class NspawnRuntime : ContainerRuntime
{
    private const string MachinesFolder = "/run/systemd/machines";
    private const int MaxFileBytes = 64 << 10;

    /// <inheritdoc/>
    public override string Prefix => "nspawn";

    /// <inheritdoc/>
    public override IEnumerable<ContainerRecord> List(CancellationToken cancellation)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(MachinesFolder);
            return folder is null
                ? []
                : [.. folder.Names().ToList().Select(name => Read(folder, name)).OfType<ContainerRecord>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static ContainerRecord? Read(OpenFolder folder, string name)
    {
        try
        {
            // Beside each machine's file lies a link to it by the name of its unit.
            if (folder.Look(name) is not { } about
                || (about.Mode & LibC.S_IFMT) != LibC.S_IFREG
                || Netlink.KernelText.Printable(name) != name
                || folder.Read(name, MaxFileBytes) is not { } content)
                return null;
            return Parse(name, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a machine's file; null for what is no container.</summary>
    internal static ContainerRecord? Parse(string name, byte[] content)
    {
        var lines = Encoding.UTF8.GetString(content).Split('\n');
        string? Value(string key) => lines.FirstOrDefault(
            line => line.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..].Trim('"');
        // The same folder also has virtual machines, which have no network namespace.
        return Value("CLASS") is null or "container" && Digits.TryParse(Value("LEADER"), out int leader)
            ? new ContainerRecord(name, ContainerState.Running, leader)
            : null;
    }
}
