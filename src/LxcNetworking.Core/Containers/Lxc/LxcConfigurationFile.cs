using LxcNetworking.Files;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Lxc;

/// <summary>
/// Reads a small file and puts another in its place at once, with the same owner, group
/// and mode. Links to the file stay.
/// </summary>
internal static class LxcConfigurationFile
{
    /// <summary>More than any configuration has.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Reads a file.</summary>
    /// <param name="path">A full path.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied, InvalidArgument, KernelRefused.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            var (folder, name) = OpenFolder.Of(path);
            using (folder)
                return Read(folder, name, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "read", path);
        }
    }

    /// <summary>Removes what killed commands left beside a file that they were about to replace.</summary>
    /// <param name="path">The file.</param>
    public static void Sweep(string path)
    {
        try
        {
            var (folder, name) = OpenFolder.Of(path);
            using (folder)
                folder.Sweep(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who cannot read the file is told so elsewhere.
        }
    }

    /// <summary>Replaces a file. Whoever reads it sees the old content or the new one, whatever happens
    /// meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it had when it was read; with anything else nothing is done.</param>
    /// <param name="content">What it is to have.</param>
    /// <exception cref="NetworkException">ResourceBusy: it was changed meanwhile; and as
    /// <see cref="Read(string)"/>.</exception>
    public static void Replace(string path, byte[] expected, ReadOnlySpan<byte> content)
    {
        try
        {
            var (folder, name) = OpenFolder.Of(path);
            using (folder)
            {
                var status = folder.Look(name) ?? throw new FileNotFoundException("there is no such file", path);
                bool IsUnchanged() => Read(folder, name, path).AsSpan().SequenceEqual(expected)
                    && folder.Look(name) is { } now
                    && (now.Mode, now.Uid, now.Gid) == (status.Mode, status.Uid, status.Gid);
                if (!folder.Replace(name, content, status.Uid, status.Gid, status.Mode, IsUnchanged))
                {
                    throw new NetworkException(
                        NetworkErrorCode.ResourceBusy,
                        $"'{KernelText.Printable(path)}' was changed by somebody else meanwhile, "
                            + "so that nothing was written. Run the command again.",
                        path);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "written", path);
        }
    }

    private static byte[] Read(OpenFolder folder, string name, string path)
    {
        var content = folder.Read(name, MaxBytes) ?? throw new FileNotFoundException("there is no such file", path);
        return content.AsSpan().Contains((byte)0)
            ? throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{KernelText.Printable(path)}' is no text: it has a NUL byte in it.",
                path)
            : content;
    }

    private static NetworkException Explain(Exception error, string operation, string path)
        => error is UnsafeFileException { What: var what }
            ? new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{KernelText.Printable(path)}' is {what}. Name the configuration file itself.",
                path,
                error)
            : FileErrors.Explain(
                error, $"The configuration file '{KernelText.Printable(path)}' cannot be {operation}", path);
}
