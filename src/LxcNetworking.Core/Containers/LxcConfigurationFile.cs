using System.Runtime.InteropServices;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking;

/// <summary>Reads a small file and puts another in its place at once, with the same owner, group and mode.</summary>
internal static partial class LxcConfigurationFile
{
    /// <summary>More than any configuration has.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Follows symbolic links to the file itself, so that the links stay.</summary>
    /// <param name="path">A full path.</param>
    public static string Follow(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "read", path);
        }
    }

    /// <summary>Reads a file.</summary>
    public static byte[] Read(string path)
    {
        try
        {
            // Looked at first: to open a pipe would wait for its other end.
            var status = Status(path);
            var kind = status.Mode & LibC.S_IFMT;
            if (kind != LibC.S_IFREG)
                throw new NetworkException(NetworkErrorCode.InvalidArgument, $"'{KernelText.Printable(path)}' is {(kind == LibC.S_IFDIR ? "a folder" : "no regular file")}. Name the configuration file itself.", path);
            using var file = File.OpenHandle(path);
            var buffer = new byte[MaxBytes + 1];
            var length = 0;
            for (int got; length < buffer.Length && (got = RandomAccess.Read(file, buffer.AsSpan(length), length)) > 0;)
                length += got;
            if (length > MaxBytes)
                throw new NetworkException(NetworkErrorCode.InvalidArgument, $"'{KernelText.Printable(path)}' has more than {MaxBytes / 1024} KiB, which no LXC configuration has.", path);
            if (buffer.AsSpan(0, length).Contains((byte)0))
                throw new NetworkException(NetworkErrorCode.InvalidArgument, $"'{KernelText.Printable(path)}' is no text: it has a NUL byte in it.", path);
            return buffer[..length];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "read", path);
        }
    }

    /// <summary>Replaces a file. Whoever reads it sees the old content or the new one, whatever happens meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it had when it was read; with anything else nothing is done.</param>
    /// <param name="content">What it is to have.</param>
    public static void Replace(string path, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> content)
    {
        var folder = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.lxcnetworking");
        var made = false;
        try
        {
            var status = Status(path);
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                made = true;
                file.Write(content);
                // The owner first: a change of owner takes mode bits away.
                if (LibC.ChangeOwner(file.SafeFileHandle, status.Uid, status.Gid) != 0)
                    throw new UnauthorizedAccessException($"its owner and group could not be kept: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
                File.SetUnixFileMode(file.SafeFileHandle, (UnixFileMode)(status.Mode & 0xfff));
                file.Flush(flushToDisk: true);
            }

            var now = Status(path);
            if (!Read(path).AsSpan().SequenceEqual(expected) || now.Mode != status.Mode || now.Uid != status.Uid || now.Gid != status.Gid)
                throw new NetworkException(NetworkErrorCode.ResourceBusy, $"'{KernelText.Printable(path)}' was changed by somebody else meanwhile, so that nothing was written. Run the command again.", path);
            File.Move(temporary, path, overwrite: true);
            made = false;
            SyncFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "write", path);
        }
        finally
        {
            if (made)
                File.Delete(temporary);
        }
    }

    // So that the new name is on disk too. The file is complete whether or not this works.
    private static void SyncFolder(string folder)
    {
        var descriptor = LibC.Open(folder, LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (descriptor < 0)
            return;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        _ = Sync(handle);
    }

    private static LibC.StatX Status(string path)
    {
        if (LibC.Look(path, follow: true) is { } status)
            return status;
        var errno = Marshal.GetLastPInvokeError();
        throw errno switch
        {
            LibC.ENOENT or LibC.ENOTDIR => new FileNotFoundException("there is no such file", path),
            LibC.EACCES or LibC.EPERM => new UnauthorizedAccessException("permission denied"),
            _ => new IOException(Marshal.GetPInvokeErrorMessage(errno)),
        };
    }

    private static NetworkException Explain(Exception error, string operation, string path) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => new(NetworkErrorCode.ObjectNotFound, $"There is no configuration file '{KernelText.Printable(path)}'.", path, error),
        UnauthorizedAccessException => new(NetworkErrorCode.PermissionDenied, $"Cannot {operation} '{KernelText.Printable(path)}': {error.Message.TrimEnd('.')}. Run PowerShell as root or as the file's owner.", path, error),
        _ => new(NetworkErrorCode.KernelRefused, $"Cannot {operation} '{KernelText.Printable(path)}': {error.Message.TrimEnd('.')}.", path, error),
    };

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
