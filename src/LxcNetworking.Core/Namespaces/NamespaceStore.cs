using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>Makes, lists and removes network namespaces: the named ones are those that ip-netns(8) shows, and the other
/// way round.</summary>
public sealed class NamespaceStore
{
    private static readonly TimeSpan s_makingTime = TimeSpan.FromMilliseconds(500);

    private readonly NetworkStackPool _pool;

    internal NamespaceStore(NetworkStackPool pool) => _pool = pool;

    /// <summary>Happens before the name of a namespace goes that nobody but a thread of .NET's keeps.</summary>
    internal static event Action<NetworkStack>? Abandoning;

    /// <summary>Happens before a name is removed, for those who keep something under it; they add themselves when the
    /// library is loaded.</summary>
    internal static event Action<string>? Removing;

    /// <summary>Happens after a name was removed from what the pool knows.</summary>
    internal static event Action<NetworkStackPool>? Removed;

    /// <summary>Checks a namespace name: a single file name that stays under /run/netns.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NetworkException">InvalidName.</exception>
    public static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var problem = name switch
        {
            "" => "is empty",
            "." or ".." => "means a folder",
            _ when name.Contains('/', StringComparison.Ordinal) => "has a '/' in it",
            _ when !KernelText.IsPlain(name) => "has a control character or half of a character in it",
            _ when Encoding.UTF8.GetByteCount(name) > 255 => "is longer than 255 bytes",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{KernelText.Printable(name)}' cannot name a network namespace: it {problem}. Use a plain file name "
                    + "such as 'web'.",
                name);
    }

    /// <summary>Makes a named namespace. On failure nothing stays behind.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="loopbackUp">Brings lo up in it.</param>
    /// <param name="cancellation">Ends the wait before anything was made.</param>
    /// <returns>The namespace.</returns>
    /// <exception cref="NetworkException">InvalidName, NamespaceExists, NotANamespace (something else has the name),
    /// PermissionDenied.</exception>
    public NetNamespace Create(string name, bool loopbackUp = true, CancellationToken cancellation = default)
    {
        CheckName(name);
        // A new name must not shadow what the same text means elsewhere.
        if (name == NamespaceReference.HostText || name.All(char.IsAsciiDigit))
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{name}' cannot name a network namespace: wherever a namespace is asked for, that text means "
                    + $"{(name == NamespaceReference.HostText ? "the host's own" : "a process id")}. Choose another "
                    + "name.",
                name);

        var path = Path.Combine(NamespaceFile.RunDirectory, name);
        NamespaceMount.PrepareRunDirectory(name, cancellation);
        cancellation.ThrowIfCancellationRequested();
        var descriptor = LibC.Open(path, LibC.O_RDONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_CLOEXEC, 0);
        if (descriptor < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw errno == LibC.EEXIST ? Taken(name, path) : NamespaceMount.Failed("create", name, errno);
        }

        new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        return Rollback.Run(undo =>
        {
            undo.Add($"remove {path}", () => NamespaceMount.DeleteFile(name, path));
            NamespaceMount.MountNew(name, path, loopbackUp);
            undo.Add($"remove the namespace '{name}'", () => NamespaceMount.Unmount(name, path));
            return Read(name, path, new Dictionary<NamespaceIdentity, List<int>>());
        });
    }

    /// <summary>Lists the named namespaces in the order of their names.</summary>
    /// <param name="all">Also those that only processes hold, and the host's.</param>
    /// <param name="cancellation">Ends the look.</param>
    /// <returns>The namespaces.</returns>
    public IReadOnlyList<NetNamespace> List(bool all = false, CancellationToken cancellation = default)
    {
        var processes = ProcessesByNamespace(cancellation);
        var result = new List<NetNamespace>();
        var named = new HashSet<NamespaceIdentity>();
        if (Directory.Exists(NamespaceFile.RunDirectory))
        {
            foreach (var path in Directory.EnumerateFiles(NamespaceFile.RunDirectory).Order(StringComparer.Ordinal))
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    result.Add(Read(Path.GetFileName(path), path, processes));
                    if (NamespaceFile.TryIdentify(path, out _) is { } identity)
                        named.Add(identity);
                }
                catch (NetworkException e) when (e.Code is NetworkErrorCode.NotANamespace
                    or NetworkErrorCode.NamespaceNotFound or NetworkErrorCode.PermissionDenied)
                {
                    // A leftover file is no namespace, and one may go away while this runs.
                }
            }
        }

        if (!all)
            return result;

        var host = NamespaceFile.TryIdentify(NamespaceFile.Host, out _);
        foreach (var (identity, ids) in processes.Where(entry => !named.Contains(entry.Key))
            .OrderBy(entry => entry.Value[0]))
        {
            cancellation.ThrowIfCancellationRequested();
            var path = identity == host ? NamespaceFile.Host : NamespaceFile.ProcessPath(ids[0]);
            try
            {
                result.Add(Read(identity == host ? NamespaceReference.HostText : null, path, processes));
            }
            catch (NetworkException)
            {
                // The last process has just ended.
            }
        }

        return result;
    }

    /// <summary>Reads one namespace.</summary>
    /// <param name="reference">Which; null for the calling thread's own.</param>
    /// <param name="cancellation">Ends the look, and the wait for a container's runtime.</param>
    /// <returns>The namespace.</returns>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged,
    /// NotANamespace, PermissionDenied.</exception>
    public NetNamespace Get(NamespaceReference? reference, CancellationToken cancellation = default)
    {
        var path = NamespaceFile.PathOf(reference, cancellation);
        var identity = NamespaceFile.Identify(path, reference);
        var lasting = reference is null
            ? NamespaceFile.Describe(identity, 0) : NamespaceFile.DescribeOwn(reference, identity);
        if (lasting is not null)
            (path, reference) = (lasting.KnownPath!, lasting);

        var named = path.StartsWith(NamespaceFile.RunDirectory + "/", StringComparison.Ordinal) ? Path.GetFileName(path)
            : path == NamespaceFile.Host ? NamespaceReference.HostText : null;
        var item = Read(named, path, ProcessesByNamespace(cancellation), reference);
        NamespaceFile.Confirm(reference, path, cancellation);
        var isMeant = reference!.Cookie == 0 || item.Cookie == 0 || item.Cookie == reference.Cookie;
        return isMeant ? item : throw Changed(reference.Text);
    }

    /// <summary>Takes a name away. The namespace itself ends when no process and no other name holds it; where only
    /// .NET's own threads of this process hold it for some seconds more, its links go at once.</summary>
    /// <param name="item">The namespace.</param>
    /// <param name="force">Also when processes are in it or the session is.</param>
    /// <param name="cancellation">Ends the look before anything was removed.</param>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, NamespaceInUse, PermissionDenied,
    /// NotSupported for an unnamed one.</exception>
    public void Remove(NetNamespace item, bool force = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (item.Name is null || item.Name == NamespaceReference.HostText)
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The network namespace '{item}' has no name to take away: it ends with its last process.",
                item.ToString());
        CheckName(item.Name);
        var path = Path.Combine(NamespaceFile.RunDirectory, item.Name);
        var current = Read(item.Name, path, ProcessesByNamespace(cancellation));
        if (item.Cookie != 0 && current.Cookie != 0 && item.Cookie != current.Cookie)
            throw Changed(item.Name);
        if (NamespaceMount.IsLink(path))
        {
            RemoveLink(item.Name, path);
            return;
        }

        if (!force && current.IsCurrent)
            throw new NetworkException(
                NetworkErrorCode.NamespaceInUse, $"The session is in the network namespace '{item.Name}'.", item.Name)
            {
                Advice = [Advice.Leave, Advice.Override],
            };
        if (!force && current.ProcessId.Count > 0)
        {
            throw new NetworkException(
                NetworkErrorCode.NamespaceInUse,
                $"Processes are in the network namespace '{item.Name}' ({string.Join(", ", current.ProcessId.Take(5))}"
                    + $"{(current.ProcessId.Count > 5 ? ", …" : string.Empty)}), so it would live on without a name "
                    + "until they end.",
                item.Name)
            { Advice = [Advice.Override] };
        }

        var number = PrepareRemoval(path, current);
        _pool.Forget(new NamespaceReference(item.Name));
        Removing?.Invoke(item.Name);
        RemoveFile(item.Name, path);
        Ended.Add(number);
        Removed?.Invoke(_pool);
    }

    // The namespace has another name or a process, which keeps it.
    private void RemoveLink(string name, string path)
    {
        _pool.Forget(new NamespaceReference(name));
        Removing?.Invoke(name);
        NamespaceMount.DeleteFile(name, path);
        Removed?.Invoke(_pool);
    }

    // Gives its number, and where that is valid.
    private (NamespaceIdentity, int)? PrepareRemoval(string path, NetNamespace current)
    {
        try
        {
            using var file = NamespaceFile.Open(path, null);
            var identity = NamespaceFile.Identify(file);
            if (current.ProcessId.Count == 0 && !current.IsCurrent && PoolThreads.IsRuntimeIn(identity)
                && !NamespaceMount.IsElsewhere(path, identity.Inode))
                Abandoning?.Invoke(_pool.Get(new NamespaceReference(current.Name!)));
            var here = _pool.Get();
            return NamespaceNumber.Of(here, file) is >= 0 and var number ? (here.Identity, number) : null;
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // It can be removed all the same.
            return null;
        }
    }

    /// <summary>Those that were removed a moment ago.</summary>
    internal EndedNamespaces Ended { get; } = new();

    /// <summary>Tells whether a name is only an empty file under /run/netns, as it stays where a namespace's making was
    /// cut short, or a symbolic link to what is not there any more or is no namespace.</summary>
    /// <param name="name">The name.</param>
    /// <returns>False for a namespace, for any other file, and where there is nothing.</returns>
    public static bool IsLeftover(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var path = Path.Combine(NamespaceFile.RunDirectory, name);
        return !name.Any(letter => letter == '/' || char.IsControl(letter))
            && LibC.Look(path, follow: false) is { } about && (about.Mode & LibC.S_IFMT) switch
            {
                LibC.S_IFREG => about.Size == 0 && !IsNamespace(path),
                LibC.S_IFLNK => LeadsNowhere(path),
                _ => false,
            };
    }

    // One that this user may not follow may lead to a namespace.
    private static bool LeadsNowhere(string link) => NamespaceFile.TryIdentify(link, out var errno) is null
        ? errno is LibC.ENOENT or LibC.ENOTDIR or LibC.ESRCH or LibC.ELOOP : !IsNamespace(link);

    /// <summary>Removes what <see cref="IsLeftover"/> tells of.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NetworkException">NamespaceNotFound (it is gone, or is something else), ResourceBusy,
    /// PermissionDenied.</exception>
    public static void RemoveLeftover(string name)
    {
        if (!IsLeftover(name))
            throw new NetworkException(
                NetworkErrorCode.NamespaceNotFound,
                $"There is no leftover file '{KernelText.Printable(name)}' under {NamespaceFile.RunDirectory} any "
                    + "more.",
                name);
        Removing?.Invoke(name);
        // The kernel refuses if it becomes a namespace meanwhile.
        NamespaceMount.DeleteFile(name, Path.Combine(NamespaceFile.RunDirectory, name));
    }

    /// <summary>Takes a namespace's name away without further questions.</summary>
    private static void RemoveFile(string name, string path)
    {
        NamespaceMount.Unmount(name, path);
        NamespaceMount.DeleteFile(name, path);
    }

    internal static NetworkException Changed(string name) => new(
        NetworkErrorCode.NamespaceChanged,
        $"The network namespace '{name}' was removed and made anew since this object was read.",
        name)
    { Advice = [Advice.To(AdviceKind.ReadAgain, AdviceThing.Namespace)] };

    // All namespace files are of one device.
    internal static bool IsNamespace(string path)
        => NamespaceFile.TryIdentify(path, out _)?.Device == NamespaceFile.TryIdentify(
            NamespaceFile.OwnThread, out _)?.Device;

    private static NetworkException Taken(string name, string path)
    {
        // Whoever makes it this very moment needs a moment more.
        SpinWait.SpinUntil(() => !IsLeftover(name), s_makingTime);
        if (IsNamespace(path))
            return new NetworkException(
                NetworkErrorCode.NamespaceExists, $"There is a network namespace '{name}' already.", name);
        var problem = $"There is a file {path} already that is no network namespace.";
        return IsLeftover(name)
            ? new NetworkException(
                NetworkErrorCode.NotANamespace,
                problem + (NamespaceMount.IsLink(path) ? " It is a link that leads to none."
                    : " It is empty, as it is left where the making of one was cut short."),
                name)
            { Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Namespace, null, name)] }
            : new NetworkException(
                NetworkErrorCode.NotANamespace, problem, name)
            { Advice = [Advice.Choose(nameof(name))] };
    }

    private NetNamespace Read(
        string? name,
        string path,
        Dictionary<NamespaceIdentity,
        List<int>> processes,
        NamespaceReference? reference = null)
    {
        reference ??= new NamespaceReference(
            name
                ?? processes.GetValueOrDefault(NamespaceFile.Identify(path, null))?[0]
                    .ToString(CultureInfo.InvariantCulture)
                ?? path,
            0,
            path);
        var identity = NamespaceFile.Identify(path, reference);
        var cookie = _pool.TryGetCookie(path, reference);
        return new NetNamespace(
            new NamespaceReference(reference.Text, cookie, path),
            name,
            path,
            identity.Inode,
            processes.TryGetValue(identity, out var ids) ? ids : [],
            isCurrent: NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _) == identity,
            isHost: NamespaceFile.TryIdentify(NamespaceFile.Host, out _) == identity);
    }

    private static Dictionary<NamespaceIdentity, List<int>> ProcessesByNamespace(CancellationToken cancellation)
    {
        var result = new Dictionary<NamespaceIdentity, List<int>>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!Digits.TryParse(Path.GetFileName(folder.AsSpan()), out int id)
                || NamespaceFile.TryIdentify(NamespaceFile.ProcessPath(id), out _) is not { } identity)
                continue;
            if (!result.TryGetValue(identity, out var ids))
                result.Add(identity, ids = []);
            ids.Add(id);
        }

        foreach (var ids in result.Values)
            ids.Sort();
        return result;
    }
}
