using System.Net.Sockets;
using LxcNetworking.Native;

namespace LxcNetworking;

/// <summary>
/// LXC, asked through each running container's own command socket (commands.h of liblxc): an abstract UNIX socket LXCPATH/NAME/command,
/// or lxc/HASH/command where that is too long. Such sockets belong to the network namespace that the container was started from.
/// </summary>
internal sealed class LxcRuntime : ContainerRuntime
{
    // lxc_cmd_t of liblxc's commands.h, unchanged since LXC 1.0.
    private const int GetState = 3, GetInitPid = 4, GetName = 8;
    private const int MaxAnswer = 4096;

    /// <inheritdoc/>
    public override string Prefix => "lxc";

    /// <inheritdoc/>
    public override IEnumerable<ContainerRecord> List(CancellationToken cancellation)
    {
        var running = new HashSet<string>(StringComparer.Ordinal);
        foreach (var socket in CommandSockets())
        {
            cancellation.ThrowIfCancellationRequested();
            if (Describe(socket, null, cancellation) is not { } record || !running.Add(record.Name))
                continue;
            yield return record;
        }

        // Those that do not run are only known by their configuration.
        if (!Directory.Exists(LxcConfiguration.DefaultLxcPath))
            yield break;
        foreach (var folder in SafeFolders(LxcConfiguration.DefaultLxcPath))
        {
            var name = Path.GetFileName(folder);
            if (!running.Contains(name) && File.Exists(Path.Combine(folder, "config")))
                yield return new ContainerRecord(name, ContainerState.Stopped, 0);
        }
    }

    /// <inheritdoc/>
    public override ContainerRecord Get(string name, CancellationToken cancellation)
        => Describe($"{LxcConfiguration.DefaultLxcPath}/{name}/command", name, cancellation) ?? base.Get(name, cancellation);

    private static string[] SafeFolders(string path)
    {
        try
        {
            return Directory.GetDirectories(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static List<string> CommandSockets()
    {
        const string Ending = "/command";
        var result = new List<string>();
        foreach (var line in File.ReadLines("/proc/thread-self/net/unix"))
        {
            // Num RefCount Protocol Flags Type St Inode Path; listening sockets have the flag 00010000.
            var at = line.IndexOf('@', StringComparison.Ordinal);
            if (at > 0 && line.EndsWith(Ending, StringComparison.Ordinal) && line.Contains(" 00010000 ", StringComparison.Ordinal))
                result.Add(line[(at + 1)..]);
        }

        return result;
    }

    private static ContainerRecord? Describe(string socket, string? name, CancellationToken cancellation)
    {
        name ??= Ask(socket, GetName, cancellation) is { Text.Length: > 0 } answer ? answer.Text
            : socket.StartsWith('/') ? Path.GetFileName(Path.GetDirectoryName(socket)) : null;
        if (name is null || Netlink.KernelText.Printable(name) != name || Ask(socket, GetInitPid, cancellation) is not { } process)
            return null;
        // The state itself comes where others put an address; the code only says that there is one.
        var state = Ask(socket, GetState, cancellation)?.Number switch
        {
            0 => ContainerState.Stopped,
            1 => ContainerState.Starting,
            2 or 7 => ContainerState.Running,
            3 or 4 => ContainerState.Stopping,
            5 or 6 => ContainerState.Frozen,
            _ => ContainerState.Other,
        };
        return process.Number is > 0 and < int.MaxValue ? new ContainerRecord(name, state, (int)process.Number) : null;
    }

    /// <summary>Sends one command. The structures are liblxc's own: int, int, pointer.</summary>
    private static (long Number, string Text)? Ask(string socketName, int command, CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 2000, SendTimeout = 2000 };
            using var stop = cancellation.Register(socket.Dispose);
            socket.Connect(new UnixDomainSocketEndPoint("\0" + socketName));
            // Anybody can listen under any abstract name, and would be believed about which process is the container's.
            if (OwnerOf(socket) is var owner && owner != 0 && owner != LibC.GetEffectiveUserId())
                return null;
            var pointerSize = IntPtr.Size;
            var request = new byte[8 + pointerSize];
            BitConverter.TryWriteBytes(request, command);
            socket.Send(request);
            var head = new byte[8 + pointerSize];
            if (!Fill(socket, head))
                return null;
            var length = BitConverter.ToInt32(head, 4);
            var number = pointerSize == 8 ? BitConverter.ToInt64(head, 8) : BitConverter.ToInt32(head, 8);
            var text = string.Empty;
            if (length is > 0 and <= MaxAnswer)
            {
                var body = new byte[length];
                if (!Fill(socket, body))
                    return null;
                text = Netlink.KernelText.Decode(body);
            }

            return (number, text);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or ObjectDisposedException)
        {
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    // struct ucred: process, user, group.
    private static uint OwnerOf(Socket socket)
    {
        const int SOL_SOCKET = 1, SO_PEERCRED = 17;
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials);
        return BitConverter.ToUInt32(credentials[4..8]);
    }

    private static bool Fill(Socket socket, byte[] buffer)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var got = socket.Receive(buffer, done, buffer.Length - done, SocketFlags.None);
            if (got == 0)
                return false;
            done += got;
        }

        return true;
    }
}
