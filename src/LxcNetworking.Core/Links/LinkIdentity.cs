using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Links;

/// <summary>
/// Tells a link from every other one by what nobody can choose: the inode of its folder in sysfs. The kernel counts
/// these up from boot on, in 64 bits, gives one to each link that is registered, and keeps it through renames and moves
/// to other namespaces. Name, index, kind, MAC address and alias are for a container's root to choose, and so is the
/// parent: a macvlan on a macvlan gets the lower one's.
/// </summary>
internal static class LinkIdentity
{
    // Another name has to be found in the folder if the link was renamed since it was listed.
    private const int MaxAttempts = 3;

    /// <summary>Reads one link's identity.</summary>
    /// <returns>0 if the link is gone or sysfs cannot be read.</returns>
    public static ulong Of(NetworkStack stack, NetLink link) => Of(stack, [link]).GetValueOrDefault(link.Index);

    /// <summary>Reads links' identities, by index.</summary>
    /// <returns>Without links that are gone, and empty if sysfs cannot be read.</returns>
    public static Dictionary<int, ulong> Of(NetworkStack stack, IReadOnlyList<NetLink> links)
    {
        var result = new Dictionary<int, ulong>();
        // The files that it shows are those of the namespace of the thread that asks for it.
        using var sysfs = links.Count == 0 ? null : stack.Within(() => FileCalls.TryMount("sysfs"));
        if (sysfs is null)
            return result;
        foreach (var link in links)
        {
            var found = link;
            for (var attempt = 1; found is not null && attempt <= MaxAttempts; attempt++)
            {
                byte[] path = [.. "class/net/"u8, .. KernelText.Encode(found.Name)];
                using var folder = FileCalls.TryOpen(sysfs, path, LibC.O_PATH | LibC.O_DIRECTORY);
                if (folder is not null && LibC.Look(folder) is { } about && IndexIn(folder) == link.Index)
                {
                    result[link.Index] = about.Inode;
                    break;
                }

                found = stack.Links.Find(link.Index);
            }
        }

        return result;
    }

    /// <summary>Reads the identities of all links of a namespace.</summary>
    /// <param name="networkNamespace">Its open file.</param>
    /// <returns>Them with their names and indexes; null if one cannot be read, or all.</returns>
    public static List<(string Name, int Index, ulong Identity)>? In(SafeFileHandle networkNamespace)
    {
        try
        {
            using var sysfs = NamespaceExecutor.Run(networkNamespace, () => FileCalls.TryMount("sysfs"));
            using var all = sysfs is null ? null
                : FileCalls.TryOpen(sysfs, "class/net", LibC.O_RDONLY | LibC.O_DIRECTORY);
            if (all is null)
                return null;
            var result = new List<(string Name, int Index, ulong Identity)>();
            foreach (var path in Directory.EnumerateFileSystemEntries(FileCalls.PathOf(all) + "/"))
            {
                var name = Path.GetFileName(path);
                using var folder = FileCalls.TryOpen(all, name, LibC.O_PATH | LibC.O_DIRECTORY);
                if (folder is not null && LibC.Look(folder) is { } about)
                    result.Add((name, IndexIn(folder), about.Inode));
                else if (name.Contains('\uFFFD', StringComparison.Ordinal))
                    return null;
            }

            return result;
        }
        catch (Exception e) when (e is NetlinkException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int IndexIn(SafeFileHandle folder)
    {
        using var file = FileCalls.TryOpen(folder, "ifindex", LibC.O_RDONLY);
        if (file is null)
            return 0;
        try
        {
            Span<byte> text = stackalloc byte[16];
            var length = RandomAccess.Read(file, text, 0);
            var number = Encoding.ASCII.GetString(text[..length]).TrimEnd();
            return Digits.TryParse(number, out int index) ? index : 0;
        }
        catch (IOException)
        {
            // The link is gone.
            return 0;
        }
    }
}
