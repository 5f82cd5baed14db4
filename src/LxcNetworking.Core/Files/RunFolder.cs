using LxcNetworking.Native;
using LxcNetworking.Values;

namespace LxcNetworking.Files;

/// <summary>
/// A folder under /run/lxcnetworking for what must outlive the session. Nothing in it is followed to another place: a
/// folder that is a symbolic link or somebody else's is refused, a file that is one is replaced or not read.
/// </summary>
internal sealed class RunFolder
{
    /// <summary>Where the folders are.</summary>
    public const string Root = "/run/lxcnetworking";

    /// <summary>The folder of declared states, which is as short as a network's name may be: none is called
    /// so.</summary>
    public const string StateName = "state";

    private const int Mode0644 = 0x1a4, MostAttempts = 200;
    private const UnixFileMode FolderMode
        = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
            | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private readonly string _name;

    /// <summary>The folder of a network, there or not.</summary>
    public RunFolder(string name) => _name = name;

    /// <summary>Its path.</summary>
    public string Path => $"{Root}/{_name}";

    /// <summary>The names of the folders that are there.</summary>
    public static IReadOnlyList<string> Names()
        => !IsOwnFolder(Root) ? []
            :
            [
                .. Directory.EnumerateDirectories(Root).Select(path => System.IO.Path.GetFileName(path))
                    .Order(StringComparer.Ordinal),
            ];

    /// <summary>Whether it is there.</summary>
    /// <exception cref="NetworkException">NotSupported: what is there is no folder of this user's alone.</exception>
    public bool Exists => IsOwnFolder(Root) && IsOwnFolder(Path);

    /// <summary>The full name of a file in it.</summary>
    public string File(string name) => $"{Path}/{name}";

    /// <summary>Makes it.</summary>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public void Create()
    {
        Make(Root);
        Make(Path);
    }

    /// <summary>Makes a folder, or checks the one that is there.</summary>
    /// <exception cref="NetworkException">PermissionDenied, NotSupported.</exception>
    internal static void Make(string path)
    {
        if (IsOwnFolder(path))
            return;
        try
        {
            // The process's mask may take away what the server's user needs.
            Directory.CreateDirectory(path, FolderMode);
            System.IO.File.SetUnixFileMode(path, FolderMode);
        }
        catch (FileNotFoundException)
        {
            // Another command has removed it again.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, $"The folder {path} cannot be made", path);
        }

        IsOwnFolder(path);
    }

    /// <summary>Writes a file whole or not at all.</summary>
    /// <exception cref="NetworkException">PermissionDenied; ObjectNotFound: another command has
    /// removed the folder.</exception>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(Path) ?? throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"The folder {Path} is gone: another command has removed it. Run the command again.",
                Path);
            var own = folder.Look();
            folder.Replace(name, content, own.Uid, own.Gid, Mode0644);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(e, File(name), "written");
        }
    }

    /// <summary>Writes a file whole or not at all, and makes the folder for it; that others remove an empty folder
    /// meanwhile, as often as they like, is no failure.</summary>
    /// <exception cref="NetworkException">As for <see cref="Create"/> and <see cref="Write"/>.</exception>
    public void CreateAndWrite(string name, ReadOnlySpan<byte> content)
    {
        for (var attempt = 1; ; attempt++)
        {
            Create();
            try
            {
                Write(name, content);
                return;
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound && attempt < MostAttempts)
            {
                Thread.Sleep(1);
            }
        }
    }

    /// <summary>Reads a file.</summary>
    /// <returns>Its content, or null if there is none.</returns>
    /// <exception cref="NetworkException">PermissionDenied, or NotSupported for what is no plain file or too
    /// large.</exception>
    public byte[]? Read(string name, int maxBytes)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(Path);
            return folder?.Read(name, maxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(e, File(name), "read");
        }
    }

    /// <summary>Removes a file, and never what it may point to.</summary>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public void Delete(string name)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(Path);
            folder?.Delete(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(e, File(name), "removed");
        }
    }

    /// <summary>Whether a file is there and is a plain one.</summary>
    public bool IsPlain(string name)
        => LibC.Look(File(name)) is { } about && (about.Mode & LibC.S_IFMT) == LibC.S_IFREG;

    /// <summary>The names of the files in it.</summary>
    public IReadOnlyList<string> Names(string pattern)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(Path);
            return folder is null ? [] : [.. folder.Names(pattern)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(e, Path, "read");
        }
    }

    /// <summary>Removes files of the folder, and all that then has nothing in it.</summary>
    public void Remove(params IReadOnlyList<string> names)
    {
        foreach (var name in names)
            Delete(name);
        Tidy(Path);
        Sweep();
    }

    /// <summary>
    /// Removes what killed commands left under <see cref="Root"/>: files that nobody writes any more, folders without
    /// content, a lock that nobody holds. While another command has the lock, it is that one's to do when it is
    /// through.
    /// </summary>
    public static void Sweep()
    {
        try
        {
            RunLock.TryTake()?.Dispose();
        }
        catch (NetworkException)
        {
            // What is there is not this module's.
        }
    }

    /// <summary>The same for whoever has the lock, which goes last.</summary>
    internal static void Tidy()
    {
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(Root).ToList())
                Tidy(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is gone.
        }
    }

    private static void Tidy(string path)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(path);
            folder?.Sweep();
            Directory.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is in use, or somebody else's.
        }
    }

    private static bool IsOwnFolder(string path)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(path);
            return folder is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(e, path, "opened");
        }
    }

    private static NetworkException Refusal(Exception error, string path, string operation)
        => FileErrors.Explain(error, $"{path} cannot be {operation}", path);
}
