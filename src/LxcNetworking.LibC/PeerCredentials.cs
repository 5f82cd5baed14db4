using System.Net.Sockets;

namespace LxcNetworking.Native;

/// <summary>Who has the other end of a UNIX socket (SO_PEERCRED, unix(7)).</summary>
internal static class PeerCredentials
{
    /// <summary>Whether it is root, or the user that this process runs as.</summary>
    public static bool IsOfRootOrOwn(this Socket socket)
        => socket.User() is var user && (user == 0 || user == LibC.GetEffectiveUserId());

    /// <summary>The user's number.</summary>
    public static uint User(this Socket socket)
    {
        // struct ucred: process, user, group.
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_PEERCRED, credentials);
        return BitConverter.ToUInt32(credentials[4..8]);
    }

    /// <summary>
    /// Lets the kernel send this process's user with everything that is written, also where the other end asks for it
    /// (SO_PASSCRED) after it was written.
    /// </summary>
    public static void SendCredentials(this Socket socket)
        => socket.SetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_PASSCRED, BitConverter.GetBytes(1));
}
