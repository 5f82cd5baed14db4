using System.Globalization;

namespace LxcNetworking;

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
        if (!Directory.Exists(MachinesFolder))
            yield break;
        foreach (var path in Directory.EnumerateFiles(MachinesFolder))
        {
            if (Read(path) is { } record)
                yield return record;
        }
    }

    private static ContainerRecord? Read(string path)
    {
        try
        {
            var name = Path.GetFileName(path);
            var file = new FileInfo(path);
            // Beside each machine's file lies a link to it by the name of its unit.
            if (file.LinkTarget is not null || file.Length > MaxFileBytes || Netlink.KernelText.Printable(name) != name)
                return null;
            var lines = File.ReadAllLines(path);
            string? Value(string key) => lines.FirstOrDefault(line => line.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..].Trim('"');
            // The same folder also has virtual machines, which have no network namespace.
            return Value("CLASS") is null or "container" && int.TryParse(Value("LEADER"), NumberStyles.None, CultureInfo.InvariantCulture, out var leader)
                ? new ContainerRecord(name, ContainerState.Running, leader)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
