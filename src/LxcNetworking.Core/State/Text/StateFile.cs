using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.State.Text;

/// <summary>Documents as files.</summary>
internal static class StateFile
{
    private const int NewMode = 0x1a4;
    private const uint Unchanged = uint.MaxValue;
    private static readonly UTF8Encoding s_strict
        = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path; a link on the way is followed if it is root's or this user's own.</param>
    /// <param name="format">Its format; null where its name says it.</param>
    /// <returns>Its text and its format.</returns>
    /// <exception cref="NetworkException">InvalidArgument: no document's name, no regular file, not UTF-8, too large;
    /// ObjectNotFound, PermissionDenied, KernelRefused.</exception>
    public static (string Text, StateFormat Format) Read(string path, StateFormat? format = null)
    {
        var known = format ?? FormatOf(path);
        try
        {
            var (folder, name) = OpenFolder.Of(Path.GetFullPath(path));
            using (folder)
            {
                var bytes = folder.Read(name, StateText.MostBytes)
                    ?? throw new FileNotFoundException("there is no such file", path);
                return (Decode(bytes, path), known);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "read", path);
        }
    }

    /// <summary>Reads what comes in.</summary>
    /// <param name="input">Where it comes from; read to its end, or to the most that a document may have.</param>
    /// <param name="shown">What it is called in messages.</param>
    /// <returns>The text.</returns>
    /// <exception cref="NetworkException">InvalidArgument: not UTF-8, too large; KernelRefused.</exception>
    public static string Read(Stream input, string shown)
    {
        try
        {
            using var bytes = new MemoryStream();
            var buffer = new byte[1 << 16];
            for (int count; (count = input.Read(buffer)) > 0;)
            {
                bytes.Write(buffer, 0, count);
                if (bytes.Length > StateText.MostBytes)
                    throw Invalid($"'{shown}' is larger than {StateText.MostBytes >> 20} MiB, the limit.", shown);
            }

            return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), shown);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "read", shown);
        }
    }

    /// <summary>Writes a file at once, so that whoever reads it sees the old content or the new one.</summary>
    /// <param name="path">Its path; what is there keeps its owner, group and mode, and is a regular file.</param>
    /// <param name="text">What is to be in it.</param>
    /// <exception cref="NetworkException">InvalidArgument, ObjectNotFound, PermissionDenied, NoSpace,
    /// KernelRefused.</exception>
    public static void Write(string path, string text)
    {
        try
        {
            var (folder, name) = OpenFolder.Of(Path.GetFullPath(path));
            using (folder)
            {
                var there = folder.Look(name);
                if (there is { } found && (found.Mode & LibC.S_IFMT) != LibC.S_IFREG)
                    throw new UnsafeFileException(path, "no regular file");
                var (uid, gid) = (there?.Uid ?? Unchanged, there?.Gid ?? Unchanged);
                folder.Replace(name, s_strict.GetBytes(text), uid, gid, there?.Mode ?? NewMode);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, "written", path);
        }
    }

    /// <summary>The format that a file's name says.</summary>
    /// <exception cref="NetworkException">InvalidArgument: none.</exception>
    public static StateFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".yaml" or ".yml" => StateFormat.Yaml,
        ".json" => StateFormat.Json,
        ".psd1" => StateFormat.PowerShellData,
        _ => throw Invalid(
            $"'{KernelText.Printable(path)}' does not say what is in it: "
            + "a document's name ends with .yaml, .yml, .json or .psd1.", path),
    };

    private static string Decode(ReadOnlySpan<byte> bytes, string path)
    {
        try
        {
            return s_strict.GetString(bytes).TrimStart('\ufeff');
        }
        catch (DecoderFallbackException e)
        {
            var message = $"'{KernelText.Printable(path)}' is not UTF-8: byte {e.Index + 1} is part of no character.";
            throw Invalid(message, path, e);
        }
    }

    private static NetworkException Invalid(string message, string path, Exception? inner = null)
        => new(NetworkErrorCode.InvalidArgument, message, path, inner);

    private static NetworkException Explain(Exception error, string operation, string path)
        => error is UnsafeFileException { What: var what }
            ? Invalid($"'{KernelText.Printable(path)}' is {what}; it cannot be {operation}.", path, error)
            : FileErrors.Explain(error, $"The file '{KernelText.Printable(path)}' cannot be {operation}", path);
}
