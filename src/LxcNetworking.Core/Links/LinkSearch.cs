using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// Looks for links in every network namespace that a process is in, holds open or has mounted, as a container's root
/// can move a lent link to any of its own. One that only a socket keeps is not seen.
/// </summary>
internal sealed class LinkSearch
{
    // The kernel gives this inode to the PID namespace in which all processes are seen (linux/proc_ns.h).
    private const ulong FirstPidNamespace = 0xEFFFFFFC;
    private const string NetworkNamespace = "net:[";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private readonly HashSet<ulong> _found = [];
    private readonly HashSet<ulong> _namespaces = [];
    private readonly HashSet<ulong> _mounts = [];
    private bool _isWhole = true;

    private LinkSearch()
    {
    }

    /// <summary>The PID namespace whose processes this one sees; 0 if it is not known.</summary>
    public static ulong PidNamespace => LibC.Look("/proc/self/ns/pid", follow: true)?.Inode ?? 0;

    /// <summary>Whether this process sees the processes of another one's PID namespace.</summary>
    public static bool Sees(ulong pidNamespace)
        => PidNamespace is var own and not 0 && (own == FirstPidNamespace || own == pidNamespace);

    /// <summary>The identities of all links that can be found (<see cref="LinkIdentity"/>).</summary>
    /// <returns>Them, and whether there is no namespace that could not be looked into.</returns>
    public static (IReadOnlySet<ulong> Found, bool IsWhole) Run()
    {
        // A container's root can have mounted a namespace below a file system of its own (FUSE), which never answers.
        var search = Task.Factory.StartNew(
            () =>
            {
                var it = new LinkSearch();
                it.LookEverywhere();
                return it;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            var result = search.WaitAsync(s_timeout).GetAwaiter().GetResult();
            return (result._found, result._isWhole);
        }
        catch (TimeoutException)
        {
            return (new HashSet<ulong>(), false);
        }
    }

    private void LookEverywhere()
    {
        foreach (var name in Names(NamespaceFile.RunDirectory))
            LookInto($"{NamespaceFile.RunDirectory}/{name}");
        foreach (var process in Names("/proc").Where(name => char.IsAsciiDigit(name[0])))
        {
            // Each thread can be in namespaces of its own.
            foreach (var thread in Names($"/proc/{process}/task"))
            {
                LookInto($"/proc/{process}/task/{thread}/ns/net");
                LookIntoMounted($"/proc/{process}/task/{thread}");
            }

            foreach (var name in Names($"/proc/{process}/fd"))
            {
                var path = $"/proc/{process}/fd/{name}";
                using var link = FileCalls.TryOpen(path, LibC.O_PATH | LibC.O_NOFOLLOW);
                if (link is not null && FileCalls.ReadLink(link) is { } text && IsNew(text))
                    LookInto(path);
            }
        }
    }

    private void LookIntoMounted(string thread)
    {
        if (LibC.Look($"{thread}/ns/mnt", follow: true) is not { } about || !_mounts.Add(about.Inode))
            return;
        foreach (var (root, place) in MountTable.Read(thread).Where(mount => IsNew(mount.Root)))
        {
            using var top = FileCalls.TryOpen($"{thread}/root", LibC.O_PATH | LibC.O_DIRECTORY);
            using var file = top is null ? null : FileCalls.TryOpen(top, place, LibC.O_PATH, FileCalls.RESOLVE_IN_ROOT);
            if (file is not null)
                LookInto(FileCalls.PathOf(file));
            _isWhole &= !IsNew(root);
        }
    }

    private bool IsNew(string text)
        => text.StartsWith(NetworkNamespace, StringComparison.Ordinal)
            && Digits.TryParse(text.AsSpan(NetworkNamespace.Length).TrimEnd(']'), out ulong inode)
            && !_namespaces.Contains(inode);

    private void LookInto(string path)
    {
        if (LibC.Look(path, follow: true) is not { } about || _namespaces.Contains(about.Inode))
            return;
        try
        {
            using var file = NamespaceFile.Open(path, null);
            _namespaces.Add(NamespaceFile.Identify(file).Inode);
            if (LinkIdentity.In(file) is { } links)
                _found.UnionWith(links.Select(link => link.Identity));
            else
                _isWhole = false;
        }
        catch (NetworkException e)
        {
            _isWhole &= e.Code != NetworkErrorCode.ResourceBusy;
        }
    }

    // What is gone, or is another user's, has none: who may enter a container sees its processes.
    private static List<string> Names(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
