using System.Runtime.InteropServices;
using LxcNetworking.Native;
using LxcNetworking.Values;

namespace LxcNetworking.Files;

/// <summary>Turns what the system says of files and folders into named cases.</summary>
internal static class FileErrors
{

    /// <summary>Explains why a file could not be made, read, written or removed.</summary>
    /// <param name="error">An IOException or UnauthorizedAccessException.</param>
    /// <param name="sentence">What could not be done, as a sentence without its end: <c>The folder /run/x cannot be
    /// made</c>.</param>
    /// <param name="target">What it was about.</param>
    /// <returns>NotSupported for what is no file of the right kind; InvalidArgument, ObjectNotFound,
    /// PermissionDenied, NoSpace, ResourceBusy or KernelRefused.</returns>
    public static NetworkException Explain(Exception error, string sentence, string? target)
    {
        if (error is UnsafeFileException { What: var what })
        {
            var reason = $"it is {what}. Look at what it is, and remove it";
            return Make(NetworkErrorCode.NotSupported, sentence, reason, target, error);
        }

        var errno = error switch
        {
            FileNotFoundException or DirectoryNotFoundException => LibC.ENOENT,
            UnauthorizedAccessException => LibC.EACCES,
            PathTooLongException => LibC.ENAMETOOLONG,
            // Of an IOException that the system calls made, this is their errno.
            _ => error.HResult,
        };
        return Explain(errno, error.Message.TrimEnd('.'), sentence, target, error);
    }

    /// <summary>Explains why a system call on a file failed.</summary>
    /// <param name="errno">What it said.</param>
    /// <param name="sentence">As above.</param>
    /// <param name="target">What it was about.</param>
    /// <returns>As above.</returns>
    public static NetworkException Explain(int errno, string sentence, string? target)
        => Explain(errno, Marshal.GetPInvokeErrorMessage(errno), sentence, target, null);

    private static NetworkException Explain(int errno, string words, string sentence, string? target, Exception? error)
    {
        var (code, reason) = errno switch
        {
            LibC.ENOENT => (NetworkErrorCode.ObjectNotFound, "it is not there"),
            LibC.EACCES or LibC.EPERM => (NetworkErrorCode.PermissionDenied, "this user may not"),
            LibC.EROFS => (NetworkErrorCode.PermissionDenied, "the file system is read-only"),
            LibC.ENOSPC or LibC.EDQUOT => (NetworkErrorCode.NoSpace, "there is no room left. Make some, and try again"),
            LibC.EMFILE
                or LibC.ENFILE => (
                    NetworkErrorCode.ResourceBusy, "this process has as many files open as it may (ulimit -n)"),
            LibC.ENAMETOOLONG => (NetworkErrorCode.InvalidArgument, "the name is too long"),
            _ => (NetworkErrorCode.KernelRefused, words),
        };
        return Make(
            code, sentence, reason, target, error, errno is LibC.EACCES or LibC.EPERM ? [Advice.RunPrivileged] : []);
    }

    private static NetworkException Make(
        NetworkErrorCode code, string sentence, string reason, string? target, Exception? error, params Advice[] advice)
        => new(code, $"{sentence}: {reason}.", target, error) { Advice = advice };
}
