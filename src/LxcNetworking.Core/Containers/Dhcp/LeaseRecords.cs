using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>The leases that links have, on file under /run/lxcnetworking: one file for each link.</summary>
internal static class LeaseRecords
{
    /// <summary>Longer than an interface's name can be, so that no network is called so.</summary>
    public const string FolderName = "container-leases";

    private const int MaxBytes = 64 << 10;
    private static readonly TimeSpan s_sweepTimeout = TimeSpan.FromMilliseconds(5);
    private static readonly RunFolder s_folder = new(FolderName);

    [ModuleInitializer]
    internal static void Register() => NamespaceStore.Removed += _ => Sweep();

    /// <summary>Puts a lease on file.</summary>
    /// <exception cref="NetworkException">PermissionDenied, NotSupported, NoSpace.</exception>
    public static void Write(LeaseRecord record)
    {
        s_folder.CreateAndWrite(Entry(record.NamespaceId, record.InterfaceIndex), record.ToJson());
    }

    /// <summary>Finds a link's lease.</summary>
    /// <returns>Null if it has none.</returns>
    public static LeaseRecord? Find(NetworkStack stack, int interfaceIndex)
        => stack.Namespace.Id is { } id && s_folder.Exists ? Read(Entry(id, interfaceIndex)) : null;

    /// <summary>The leases of a namespace's links.</summary>
    public static List<LeaseRecord> List(NetworkStack stack)
        => stack.Namespace.Id is not { } id || !s_folder.Exists ? []
            : [.. s_folder.Names($"{id}-*").Order(StringComparer.Ordinal).Select(Read).OfType<LeaseRecord>()];

    /// <summary>The leases of all namespaces that are there. The others are removed.</summary>
    public static List<LeaseRecord> All()
    {
        var result = new List<LeaseRecord>();
        if (!s_folder.Exists)
            return result;
        foreach (var name in s_folder.Names("*"))
        {
            if (Read(name) is { IsAlive: true } record)
                result.Add(record);
            else
                s_folder.Delete(name);
        }

        return result;
    }

    /// <summary>Writes a link's lease down as that of the link which its address has gone to.</summary>
    public static void Move(NetworkStack stack, NetLink from, NetLink to)
    {
        if (Find(stack, from.Index) is not { } record)
            return;
        Write(record with { InterfaceIndex = to.Index, InterfaceAlias = to.Name });
        Remove(record);
    }

    /// <summary>Removes a link's lease from file.</summary>
    public static void Remove(LeaseRecord record)
    {
        if (s_folder.Exists)
            s_folder.Remove(Entry(record.NamespaceId, record.InterfaceIndex));
    }

    /// <summary>Removes the leases of a namespace's links that are no more.</summary>
    /// <param name="stack">The namespace.</param>
    public static void Sweep(NetworkStack stack) => Swept(() =>
    {
        foreach (var record in List(stack).Where(record => stack.Links.Find(record.InterfaceIndex) is null))
            Remove(record);
    });

    /// <summary>Removes the leases of namespaces that are no more. What takes too long is left to the next
    /// command.</summary>
    public static void Sweep() => Swept(() =>
    {
        if (!s_folder.Exists)
            return;
        var names = s_folder.Names("*").ToArray();
        Random.Shared.Shuffle(names);
        var since = Stopwatch.GetTimestamp();
        foreach (var name in names.TakeWhile(_ => Stopwatch.GetElapsedTime(since) < s_sweepTimeout))
        {
            if (Read(name)?.IsAlive != true)
                s_folder.Delete(name);
        }

        s_folder.Remove();
    });

    private static void Swept(Action sweep)
    {
        try
        {
            sweep();
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // The next command does it.
        }
    }

    private static LeaseRecord? Read(string name)
        => s_folder.Read(name, MaxBytes) is { } content ? LeaseRecord.TryParse(content) : null;

    private static string Entry(string namespaceId, int interfaceIndex)
        => string.Create(CultureInfo.InvariantCulture, $"{namespaceId}-{interfaceIndex}");
}
