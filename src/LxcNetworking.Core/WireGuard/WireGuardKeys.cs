using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.WireGuard;

/// <summary>A WireGuard peer's public key. Text form: 44 characters of base64.</summary>
public sealed class WireGuardPublicKey : TextValue<WireGuardPublicKey>
{
    internal const int Size = Curve25519.Size, TextLength = 44;
    private readonly byte[] _bytes;

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">44 characters of base64.</param>
    /// <exception cref="FormatException">The text is no key.</exception>
    public WireGuardPublicKey(string text)
    {
        _bytes = new byte[Size];
        if (text?.Length != TextLength || !Convert.TryFromBase64String(text, _bytes, out var written) || written != Size
            || Convert.ToBase64String(_bytes) != text)
            throw Misfit.Of(text, "is not a WireGuard key: that is 32 bytes, written as 44 characters of base64.");
    }

    internal WireGuardPublicKey(ReadOnlySpan<byte> bytes) => _bytes = bytes.Length == Size
        ? bytes.ToArray()
        : throw new NetlinkProtocolException($"A key has {bytes.Length} bytes where {Size} were expected.");

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public override string ToString() => Convert.ToBase64String(_bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <inheritdoc/>
    public override bool Equals(WireGuardPublicKey? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    private protected override int Compare(WireGuardPublicKey other)
        => string.CompareOrdinal(ToString(), other.ToString());
}

/// <summary>A private or preshared key. It lies in memory that the garbage collector does not move, and is zeroed when
/// it is disposed.</summary>
public sealed class WireGuardSecret : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(Curve25519.Size, pinned: true);

    private WireGuardSecret()
    {
    }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Makes a private key.</summary>
    /// <returns>The key.</returns>
    public static WireGuardSecret NewPrivateKey()
    {
        var result = NewPresharedKey();
        Curve25519.Clamp(result._bytes);
        return result;
    }

    /// <summary>Makes a preshared key.</summary>
    /// <returns>The key.</returns>
    public static WireGuardSecret NewPresharedKey()
    {
        var result = new WireGuardSecret();
        RandomNumberGenerator.Fill(result._bytes);
        return result;
    }

    /// <summary>Reads a key from a secure string.</summary>
    /// <param name="text">44 characters of base64.</param>
    /// <returns>The key.</returns>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static unsafe WireGuardSecret From(SecureString text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plain = Marshal.SecureStringToGlobalAllocUnicode(text);
        Span<byte> ascii = stackalloc byte[WireGuardPublicKey.TextLength];
        try
        {
            var characters = new ReadOnlySpan<char>((char*)plain, text.Length);
            var length = characters.Length == ascii.Length
                && Encoding.ASCII.TryGetBytes(characters, ascii, out var written)
                ? written
                : 0;
            return Decode(ascii[..length], "The secure string");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(ascii);
            Marshal.ZeroFreeGlobalAllocUnicode(plain);
        }
    }

    /// <summary>Reads a key from a file, or from a pipe.</summary>
    /// <param name="path">Its full path.</param>
    /// <returns>The key.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied, InvalidArgument.</exception>
    public static WireGuardSecret FromFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return FromFile(path, () => File.OpenHandle(path));
    }

    /// <summary>Reads a key from a regular file, and from nothing that could keep a reader waiting.</summary>
    /// <param name="path">Its full path; a link on the way is followed if it is root's or this user's own.</param>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied, InvalidArgument.</exception>
    internal static WireGuardSecret FromRegularFile(string path) => FromFile(path, () =>
    {
        var (folder, name) = OpenFolder.Of(path);
        using (folder)
            return folder.OpenRegular(name, LibC.O_RDONLY) ?? throw new FileNotFoundException(null, path);
    });

    private static WireGuardSecret FromFile(string path, Func<SafeFileHandle> open)
    {
        var buffer = GC.AllocateArray<byte>(256, pinned: true);
        try
        {
            var length = 0;
            using var file = open();
            for (int count; length < buffer.Length
                && (count = RandomAccess.Read(file, buffer.AsSpan(length), length)) > 0;)
                length += count;
            return Decode(buffer.AsSpan(0, length).Trim(" \t\r\n"u8), $"The file '{KernelText.Printable(path)}'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileFailure(path, "read", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>True if others than its owner may read a file, which a key's file should not allow.</summary>
    /// <param name="path">Its full path.</param>
    /// <returns>False also for one that is not there.</returns>
    public static bool IsExposed(string path)
    {
        try
        {
            return File.Exists(path)
                && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Computes the public key of a private one.</summary>
    /// <returns>The public key.</returns>
    public WireGuardPublicKey PublicKey()
    {
        Span<byte> result = stackalloc byte[Curve25519.Size];
        Curve25519.PublicKey(_bytes, result);
        return new WireGuardPublicKey(result);
    }

    /// <summary>Writes the key into a secure string, as base64.</summary>
    /// <returns>The string, which cannot be changed any more.</returns>
    public SecureString ToSecureString()
    {
        Span<char> text = stackalloc char[WireGuardPublicKey.TextLength];
        var result = new SecureString();
        try
        {
            Convert.TryToBase64Chars(_bytes, text, out _);
            foreach (var character in text)
                result.AppendChar(character);
            result.MakeReadOnly();
            return result;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(text));
        }
    }

    /// <summary>Writes the key into a new file that nobody but its owner may read (mode 0600), as base64 with a line
    /// end.</summary>
    /// <param name="path">Its full path.</param>
    /// <exception cref="NetworkException">ObjectExists, ObjectNotFound (no such folder), PermissionDenied.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var text = GC.AllocateArray<byte>(WireGuardPublicKey.TextLength + 1, pinned: true);
        var made = false;
        try
        {
            Base64.EncodeToUtf8(_bytes, text, out _, out _);
            text[^1] = (byte)'\n';
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            made = true;
            file.Write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (made)
                File.Delete(path);
            else if (File.Exists(path))
                throw new NetworkException(
                    NetworkErrorCode.ObjectExists,
                    $"There is a file '{KernelText.Printable(path)}' already, and a key is never written over. Name "
                        + "another one.",
                    path,
                    e);
            throw FileFailure(path, "written", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    /// <summary>All zeros, which stand for no key (linux/wireguard.h).</summary>
    internal static WireGuardSecret None() => new();

    internal static WireGuardSecret Decode(ReadOnlySpan<byte> text, string source)
    {
        var result = new WireGuardSecret();
        if (text.Length == WireGuardPublicKey.TextLength
            && Base64.DecodeFromUtf8(text, result._bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == Curve25519.Size)
            return result;
        result.Dispose();
        // The text itself may be most of a key.
        throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"{source} does not hold a WireGuard key: that is 32 bytes, written as 44 characters of base64.")
        {
            Advice = [Advice.To(AdviceKind.Create, AdviceThing.Key)],
        };
    }

    private static NetworkException FileFailure(string path, string operation, Exception e) => Directory.Exists(path)
        ? new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"'{KernelText.Printable(path)}' is a folder, and no file for a key.",
            path,
            e)
        : FileErrors.Explain(e, $"The key file '{KernelText.Printable(path)}' cannot be {operation}", path);
}
