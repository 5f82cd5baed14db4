using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking;

/// <summary>
/// A folder under /run/lxcnetworking for what must outlive the session. Nothing in it is followed to another place: a folder that is
/// a symbolic link or somebody else's is refused, a file that is one is replaced or not read.
/// </summary>
internal sealed class RunFolder
{
    /// <summary>Where the folders are.</summary>
    public const string Root = "/run/lxcnetworking";

    private const int OthersMayWrite = 0x12;
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const UnixFileMode FileMode0644 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private readonly string _name;

    /// <summary>The folder of a network, there or not.</summary>
    public RunFolder(string name) => _name = name;

    /// <summary>Its path.</summary>
    public string Path => $"{Root}/{_name}";

    /// <summary>The names of the networks' folders that are there.</summary>
    public static IEnumerable<string> Names()
    {
        if (!IsOwnFolder(Root))
            return [];
        return Directory.EnumerateDirectories(Root).Select(path => System.IO.Path.GetFileName(path)).Where(name => name != MovedLinks.FolderName).Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>Whether it is there.</summary>
    /// <exception cref="NetworkException">PermissionDenied: what is there is no folder of this user's.</exception>
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
    /// <exception cref="NetworkException">PermissionDenied, InvalidArgument.</exception>
    internal static void Make(string path)
    {
        if (IsOwnFolder(path))
            return;
        try
        {
            Directory.CreateDirectory(path);
            System.IO.File.SetUnixFileMode(path, FolderMode);
        }
        catch (FileNotFoundException)
        {
            // Another command has removed it again.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetworkException(NetworkErrorCode.PermissionDenied, $"The folder {path} cannot be made: {e.Message} Run PowerShell as root.", path, e);
        }

        IsOwnFolder(path);
    }

    /// <summary>Writes a file whole or not at all.</summary>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        var temporary = File($".{name}.{RandomNumberGenerator.GetHexString(12, lowercase: true)}");
        try
        {
            using (var file = System.IO.File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                System.IO.File.SetUnixFileMode(file, FileMode0644);
                RandomAccess.Write(file, content, 0);
            }

            System.IO.File.Move(temporary, File(name), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            System.IO.File.Delete(temporary);
            throw new NetworkException(NetworkErrorCode.PermissionDenied, $"{File(name)} cannot be written: {e.Message}", File(name), e);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <returns>Its content, or null if there is none.</returns>
    /// <exception cref="NetworkException">PermissionDenied, or InvalidArgument for what is no plain file or too large.</exception>
    public byte[]? Read(string name, int maxBytes)
    {
        var path = File(name);
        var descriptor = LibC.Open(path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW | LibC.O_NONBLOCK);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() switch
            {
                LibC.ENOENT or LibC.ENOTDIR => null,
                LibC.ELOOP => throw Strange(path, "a symbolic link"),
                var errno => throw new NetworkException(NetworkErrorCode.PermissionDenied, $"{path} cannot be read: {Marshal.GetPInvokeErrorMessage(errno)}.", path),
            };
        }

        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LibC.Look(file) is not { } about || (about.Mode & LibC.S_IFMT) != LibC.S_IFREG)
            throw Strange(path, "no plain file");
        if (about.Size > (ulong)maxBytes)
            throw Strange(path, $"larger than {maxBytes} bytes");
        var content = new byte[about.Size];
        var length = 0;
        for (int got; length < content.Length && (got = RandomAccess.Read(file, content.AsSpan(length), length)) > 0;)
            length += got;
        return content[..length];
    }

    /// <summary>Removes a file, and never what it may point to.</summary>
    public void Delete(string name)
    {
        try
        {
            System.IO.File.Delete(File(name));
        }
        catch (DirectoryNotFoundException)
        {
            // Another command has removed it all.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetworkException(NetworkErrorCode.PermissionDenied, $"{File(name)} cannot be removed: {e.Message}", File(name), e);
        }
    }

    /// <summary>Whether a file is there and is a plain one.</summary>
    public bool IsPlain(string name) => LibC.Look(File(name)) is { } about && (about.Mode & LibC.S_IFMT) == LibC.S_IFREG;

    /// <summary>Removes the folder with the files that this module writes into it, and the folder above if nothing else is there.</summary>
    public void Remove(params IReadOnlyList<string> names)
    {
        foreach (var name in names)
            Delete(name);
        try
        {
            foreach (var left in Directory.EnumerateFiles(Path, ".*").ToList())
                System.IO.File.Delete(left);
            Directory.Delete(Path);
            Directory.Delete(Root);
        }
        catch (IOException)
        {
            // Somebody else's files, or another network's folder.
        }
    }

    private static bool IsOwnFolder(string path)
    {
        if (LibC.Look(path) is not { } about)
            return false;
        if ((about.Mode & LibC.S_IFMT) != LibC.S_IFDIR)
            throw Strange(path, "no folder, or a symbolic link to one");
        if ((about.Uid != 0 && about.Uid != LibC.GetEffectiveUserId()) || (about.Mode & OthersMayWrite) != 0)
            throw Strange(path, "not root's alone: others may write in it");
        return true;
    }

    private static NetworkException Strange(string path, string what)
        => new(NetworkErrorCode.InvalidArgument, $"{path} is {what}, so it is not used. Look at what it is, and remove it.", path);
}
