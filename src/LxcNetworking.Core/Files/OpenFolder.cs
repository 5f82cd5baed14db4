using System.Security.Cryptography;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Files;

/// <summary>
/// An open folder, and the only way to files that a container or another user could have put there. A file is looked at
/// before it is opened: only a regular one is, no link is followed, what is read has a limit, and what is written
/// replaces the file whole. Files are named within the folder, so that nobody can lead an operation elsewhere by
/// renaming a folder above it (a TOCTOU race).
/// </summary>
internal sealed class OpenFolder : IDisposable
{
    private const string TemporaryEnding = ".lxcnetworking";
    private const int RandomLength = 12, MostLinks = 40, MostLeftovers = 1000, MostAttempts = 10;
    private const int OthersMayWrite = 0x12;
    private const uint Mode0600 = 0x180;
    private readonly SafeFileHandle _folder;

    private OpenFolder(SafeFileHandle folder, string path) => (_folder, Path) = (folder, path);

    /// <summary>The folder's path, for messages.</summary>
    public string Path { get; }

    /// <summary>Opens a folder that only root or this user may write in.</summary>
    /// <param name="path">A full path; the folders above it are root's.</param>
    /// <returns>Null if it is not there.</returns>
    /// <exception cref="UnsafeFileException">It is no folder, or others may write in it.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not open it.</exception>
    public static OpenFolder? FindOwn(string path)
    {
        var handle = FileCalls.TryOpen(path, LibC.O_PATH | LibC.O_NOFOLLOW);
        if (handle is null)
        {
            ThrowUnlessMissing(path);
            return null;
        }

        var folder = new OpenFolder(handle, path);
        try
        {
            var about = LibC.Look(handle) ?? throw FileCalls.Failure(path);
            if ((about.Mode & LibC.S_IFMT) != LibC.S_IFDIR)
                throw new UnsafeFileException(path, "no folder, or a symbolic link to one");
            if (!IsTrusted(about.Uid) || (about.Mode & OthersMayWrite) != 0)
                throw new UnsafeFileException(path, "not root's alone: others may write in it");
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a folder below a root that is not trusted: whatever links it holds, nothing outside of it is reached.
    /// </summary>
    /// <param name="root">The root's path, which is trusted.</param>
    /// <param name="path">The folder's path below it.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not open it.</exception>
    public static OpenFolder InRoot(string root, string path)
    {
        using var top = FileCalls.TryOpen(root, LibC.O_PATH | LibC.O_DIRECTORY) ?? throw FileCalls.Failure(root);
        var access = LibC.O_RDONLY | LibC.O_DIRECTORY;
        var handle = FileCalls.TryOpen(top, path, access, FileCalls.RESOLVE_IN_ROOT | FileCalls.RESOLVE_NO_MAGICLINKS)
            ?? throw FileCalls.Failure("/" + path);
        return new OpenFolder(handle, "/" + path);
    }

    /// <summary>
    /// Opens the folder of a file that a user named. A link on the way is followed if it is root's or this user's own.
    /// </summary>
    /// <param name="path">The file's full path; the file need not be there.</param>
    /// <returns>The folder, and the file's name in it.</returns>
    /// <exception cref="UnsafeFileException">Another user's link is on the way.</exception>
    /// <exception cref="IOException">A folder on the way is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not look into one.</exception>
    public static (OpenFolder Folder, string Name) Of(string path)
    {
        var folder = OpenRoot();
        var walked = string.Empty;
        var links = 0;
        var parts = new Stack<string>();
        void Push(string text)
        {
            var names = text.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
            Array.ForEach([.. names.Reverse()], parts.Push);
        }
        try
        {
            Push(path);
            while (parts.TryPop(out var part))
            {
                var here = part == ".." ? System.IO.Path.GetDirectoryName(walked) ?? string.Empty : $"{walked}/{part}";
                var next = FileCalls.TryOpen(folder, part, LibC.O_PATH | LibC.O_NOFOLLOW);
                if (next is null
                    && FileCalls.Failure(here) is var failure
                    && (failure is not FileNotFoundException || parts.Count > 0))
                    throw failure;
                if (next is not null && LibC.Look(next) is { } about && (about.Mode & LibC.S_IFMT) == LibC.S_IFLNK)
                {
                    using (next)
                    {
                        if (!IsTrusted(about.Uid))
                            throw new UnsafeFileException(here, "another user's symbolic link, which is not followed");
                        if (++links > MostLinks || FileCalls.IsKernels(next))
                            throw new UnsafeFileException(here, "a symbolic link that cannot be followed");
                        var target = FileCalls.ReadLink(next) ?? throw FileCalls.Failure(here);
                        Push(target);
                        if (!target.StartsWith('/'))
                            continue;
                        folder.Dispose();
                        (walked, folder) = (string.Empty, OpenRoot());
                        continue;
                    }
                }

                if (parts.Count == 0 && part != "..")
                {
                    next?.Dispose();
                    return (new OpenFolder(folder, walked), part);
                }

                (walked, var above) = (here, folder);
                folder = next!;
                above.Dispose();
            }
        }
        catch
        {
            folder.Dispose();
            throw;
        }

        folder.Dispose();
        throw new UnsafeFileException(path, "a folder");
    }

    private static SafeFileHandle OpenRoot()
        => FileCalls.TryOpen("/", LibC.O_PATH | LibC.O_DIRECTORY) ?? throw FileCalls.Failure("/");

    /// <summary>What the kernel says of the folder.</summary>
    public StatX Look() => LibC.Look(_folder) ?? throw FileCalls.Failure(Path);

    /// <summary>What the kernel says of a file; of a link, and not of what it points to.</summary>
    /// <returns>Null if it is not there.</returns>
    public StatX? Look(string name)
    {
        using var file = FileCalls.TryOpen(_folder, name, LibC.O_PATH | LibC.O_NOFOLLOW);
        return file is null ? null : LibC.Look(file);
    }

    /// <summary>The names of the files in it.</summary>
    public IEnumerable<string> Names(string pattern = "*")
    {
        var all = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        return Directory.EnumerateFileSystemEntries(FileCalls.PathOf(_folder) + "/", pattern, all)
            .Select(path => System.IO.Path.GetFileName(path));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="maxBytes">More is refused.</param>
    /// <returns>Null if it is not there.</returns>
    /// <exception cref="UnsafeFileException">It is no regular file, or too large.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public byte[]? Read(string name, int maxBytes)
    {
        using var file = OpenRegular(name, LibC.O_RDONLY);
        if (file is null)
            return null;
        // A file can grow while it is read.
        var buffer = new byte[(int)Math.Min((ulong)maxBytes, LibC.Look(file)?.Size ?? 0) + 1];
        var length = 0;
        while (true)
        {
            for (int got; length < buffer.Length && (got = RandomAccess.Read(file, buffer.AsSpan(length), length)) > 0;)
                length += got;
            if (length < buffer.Length)
                return buffer[..length];
            if (length > maxBytes)
                throw new UnsafeFileException(PathOf(name), $"larger than {maxBytes / 1024} KiB");
            Array.Resize(ref buffer, Math.Min(maxBytes, buffer.Length * 2) + 1);
        }
    }

    /// <summary>
    /// Puts a file in place at once: who reads it sees the old content or the new one, whatever happens meanwhile.
    /// </summary>
    /// <param name="name">Its name; a link with this name is replaced, and what it points to stays.</param>
    /// <param name="content">What is in it.</param>
    /// <param name="uid">Its owner.</param>
    /// <param name="gid">Its group.</param>
    /// <param name="mode">Its permission bits.</param>
    /// <param name="isWanted">Asked when all is written and only the name is missing;
    /// false leaves the old file.</param>
    /// <returns>False if it was not wanted.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it, or not
    /// give it to this owner.</exception>
    public bool Replace(
        string name, ReadOnlySpan<byte> content, uint uid, uint gid, int mode, Func<bool>? isWanted = null)
    {
        Sweep(name);
        using var file = MakeTemporary(name, out var temporary);
        try
        {
            RandomAccess.Write(file, content, 0);
            // The owner first: a change of owner takes mode bits away.
            if (LibC.ChangeOwner(file, uid, gid) != 0)
            {
                throw new UnauthorizedAccessException(
                    $"its owner and group could not be set: {FileCalls.Failure(name).Message}");
            }
            File.SetUnixFileMode(file, (UnixFileMode)(mode & 0xfff));
            RandomAccess.FlushToDisk(file);
            if (isWanted?.Invoke() == false)
            {
                FileCalls.Unlink(_folder, temporary);
                return false;
            }

            if (!FileCalls.Rename(_folder, temporary, name))
                throw FileCalls.Failure(PathOf(name));
            // A program that another thread starts at this moment has the descriptor, and so
            // the lock, for a little longer.
            _ = LibC.Flock(file, LibC.LOCK_UN);
        }
        catch
        {
            FileCalls.Unlink(_folder, temporary);
            throw;
        }

        // The file is complete whether or not its name reaches the disk.
        using var names = FileCalls.TryOpen(_folder, ".", LibC.O_RDONLY | LibC.O_DIRECTORY);
        if (names is not null)
            FileCalls.Flush(names);
        return true;
    }

    /// <summary>Opens a file for work with its descriptor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="access">O_RDONLY, O_WRONLY or O_RDWR.</param>
    /// <returns>Null if it is not there.</returns>
    /// <exception cref="UnsafeFileException">It is no regular file, or one of the kernel's.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not open it.</exception>
    public SafeFileHandle? OpenRegular(string name, int access)
    {
        using var seen = FileCalls.TryOpen(_folder, name, LibC.O_PATH | LibC.O_NOFOLLOW);
        if (seen is null)
        {
            ThrowUnlessMissing(PathOf(name));
            return null;
        }

        var about = LibC.Look(seen) ?? throw FileCalls.Failure(PathOf(name));
        if ((about.Mode & LibC.S_IFMT) is var kind and not LibC.S_IFREG)
        {
            var what = kind switch
            {
                LibC.S_IFLNK => "a symbolic link",
                LibC.S_IFDIR => "a folder",
                _ => "no regular file",
            };
            throw new UnsafeFileException(PathOf(name), what);
        }
        if (FileCalls.IsKernels(seen))
            throw new UnsafeFileException(PathOf(name), "one of the kernel's own files");
        // In a folder of another user's, a second name can be that of a file which only root may read.
        if (about.LinkCount > 1
            && LibC.Look(_folder) is { } folder
            && !IsTrusted(folder.Uid)
            && about.Uid != folder.Uid)
            throw new UnsafeFileException(PathOf(name), "a second name of a file that is not its folder's owner's");
        return FileCalls.TryOpen(FileCalls.PathOf(seen), access | LibC.O_NONBLOCK | LibC.O_NOCTTY)
            ?? throw FileCalls.Failure(PathOf(name));
    }

    /// <summary>
    /// Takes a lock, which is a file that is made if need be. The folder is one that only root or this user may write
    /// in. Whoever has the lock may remove the file.
    /// </summary>
    /// <returns>The lock, held as long as it is open; null if another process has it or the folder is gone.</returns>
    /// <exception cref="IOException">It cannot be opened or locked.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not open it.</exception>
    public SafeFileHandle? TryLock(string name)
    {
        var access = LibC.O_RDWR | LibC.O_CREAT | LibC.O_NOFOLLOW | LibC.O_NONBLOCK;
        var file = FileCalls.TryOpen(_folder, name, access, Mode0600);
        if (file is null)
            ThrowUnlessMissing(PathOf(name));
        else if (TryLock(file, name))
            return file;
        file?.Dispose();
        return null;
    }

    /// <summary>Removes a file, and never what it may point to.</summary>
    /// <returns>False if it was not there.</returns>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not remove it.</exception>
    public bool Delete(string name)
    {
        if (FileCalls.Unlink(_folder, name))
            return true;
        ThrowUnlessMissing(PathOf(name));
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    // Says why the last call failed, unless it is that there is no such file.
    private static void ThrowUnlessMissing(string path)
    {
        if (FileCalls.Failure(path) is var failure and not FileNotFoundException)
            throw failure;
    }

    private static bool IsTemporary(string file, string? name)
    {
        var random = file.Length - TemporaryEnding.Length - RandomLength;
        return name is null ? random > 2 && file[random - 1] == '.'
            && file[random..^TemporaryEnding.Length].All(char.IsAsciiHexDigitLower)
            : random == name.Length + 2;
    }

    private static bool IsTrusted(uint uid) => uid == 0 || uid == LibC.GetEffectiveUserId();

    private string PathOf(string name) => $"{Path}/{name}";

    // False where another process holds it, or has removed it since it was opened.
    private bool TryLock(SafeFileHandle file, string name)
    {
        if (LibC.Flock(file, LibC.LOCK_EX | LibC.LOCK_NB) == 0)
            return LibC.Look(file) is { } own && Look(name) is { } there && own.IsSameFileAs(there);
        return System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is LibC.EAGAIN or LibC.EINTR
            ? false : throw FileCalls.Failure(PathOf(name));
    }

    // As long as this process lives and has it locked, the file is nobody's leftover.
    private SafeFileHandle MakeTemporary(string name, out string temporary)
    {
        var access = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW;
        for (var attempt = 1; ; attempt++)
        {
            temporary = $".{name}.{RandomNumberGenerator.GetHexString(RandomLength, lowercase: true)}{TemporaryEnding}";
            var file = FileCalls.TryOpen(_folder, temporary, access, Mode0600) ?? throw FileCalls.Failure(PathOf(name));
            try
            {
                // Another process that sweeps may take it for one before it is locked.
                if (TryLock(file, temporary) || attempt == MostAttempts)
                    return file;
            }
            catch (IOException)
            {
                // A file system without locks.
                return file;
            }

            FileCalls.Unlink(_folder, temporary);
            file.Dispose();
        }
    }

    /// <summary>Removes what killed processes left of files that they were about to put in place: nobody has it
    /// locked.</summary>
    /// <param name="name">The file's name; null for any file's.</param>
    public void Sweep(string? name = null)
    {
        foreach (var left in Names($".{name ?? "*"}.*{TemporaryEnding}").Take(MostLeftovers).ToList())
        {
            if (!IsTemporary(left, name))
                continue;
            try
            {
                using var file = OpenRegular(left, LibC.O_RDONLY);
                if (file is not null && LibC.Flock(file, LibC.LOCK_EX | LibC.LOCK_NB) == 0)
                    FileCalls.Unlink(_folder, left);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A file that is not this module's, or a folder that may only be read.
            }
        }
    }
}
