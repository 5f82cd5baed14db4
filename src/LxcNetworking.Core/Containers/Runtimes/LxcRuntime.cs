using System.Diagnostics;
using System.Net.Sockets;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Native;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>
/// LXC, asked through each running container's own command socket (commands.h of liblxc): an abstract UNIX socket
/// LXCPATH/NAME/command, or lxc/HASH/command where that is too long. Such sockets belong to the network namespace that
/// the container was started from.
/// </summary>
internal sealed class LxcRuntime : ContainerRuntime
{
    // lxc_cmd_t of liblxc's commands.h, unchanged since LXC 1.0.
    private const int GetState = 3, GetInitPid = 4, GetName = 8, GetLxcPath = 9;
    private const int MaxAnswer = 4096;

    /// <inheritdoc/>
    public override string Prefix => "lxc";

    /// <inheritdoc/>
    public override IEnumerable<ContainerRecord> List(CancellationToken cancellation)
    {
        var found = new Dictionary<(string? LxcPath, string Name), ContainerRecord>();
        var limit = new TimeLimit(cancellation);
        foreach (var socket in CommandSockets(File.ReadLines("/proc/thread-self/net/unix")))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Describe(socket, null, limit) is { } record)
                found.TryAdd((LxcPathOf(socket, record.Name, limit), record.Name), record);
        }

        // Those that do not run are only known by their configuration.
        if (Directory.Exists(LxcConfiguration.DefaultLxcPath))
        {
            foreach (var folder in SafeFolders(LxcConfiguration.DefaultLxcPath))
            {
                var name = Path.GetFileName(folder);
                if (!File.Exists(Path.Combine(folder, "config")))
                    continue;
                var stopped = new ContainerRecord(name, ContainerState.Stopped, 0);
                found.TryAdd((LxcConfiguration.DefaultLxcPath, name), stopped);
            }
        }

        foreach (var ((path, name), record) in found)
        {
            // LXC itself takes a name as one under the default path, and needs the path of any other.
            var isUnique = path == LxcConfiguration.DefaultLxcPath
                || found.Keys.Count(other => other.Name == name) == 1;
            if (isUnique || path is not null)
                yield return isUnique ? record : record with { Name = $"{path}/{name}" };
        }
    }

    /// <inheritdoc/>
    public override ContainerRecord Get(string name, CancellationToken cancellation)
    {
        var place = name.StartsWith('/') ? name : $"{LxcConfiguration.DefaultLxcPath}/{name}";
        if (Describe($"{place}/command", name, new TimeLimit(cancellation)) is { } running)
            return running;
        if (name.StartsWith('/') && UsersOwn(name, new TimeLimit(cancellation)) is { } users)
            return users;
        var all = List(cancellation).ToList();
        if (all.Find(item => item.Name == name) is { } found)
            return found;
        var others = all.FindAll(item => item.IsCalled(name)).ConvertAll(item => $"{Prefix}:{item.Name}");
        throw others.Count == 0 ? NotFound(name) : ContainerReference.Ambiguous($"{Prefix}:{name}", others);
    }

    /// <inheritdoc/>
    protected override bool IsName(string name)
        => base.IsName(name.StartsWith('/') ? Path.GetFileName(name) : name)
            && name.Length < MaxAnswer && Netlink.KernelText.IsPlain(name);

    private static string? LxcPathOf(string socket, string name, TimeLimit limit)
    {
        var ending = $"/{name}/command";
        var path = socket.StartsWith('/') && socket.EndsWith(ending, StringComparison.Ordinal)
            ? socket[..^ending.Length] : Ask(socket, GetLxcPath, limit)?.Text;
        return path?.StartsWith('/') == true && Netlink.KernelText.Printable(path) == path ? path : null;
    }

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

    /// <summary>Finds the sockets that are called like containers' in the lines of /proc/net/unix.</summary>
    internal static List<string> CommandSockets(IEnumerable<string> lines)
    {
        const string Ending = "/command";
        var result = new List<string>();
        foreach (var line in lines)
        {
            // Num RefCount Protocol Flags Type St Inode Path; listening sockets have the flag 00010000.
            var at = line.IndexOf('@', StringComparison.Ordinal);
            if (at > 0 && line.EndsWith(Ending, StringComparison.Ordinal)
                && line.Contains(" 00010000 ", StringComparison.Ordinal))
                result.Add(line[(at + 1)..]);
        }

        return result;
    }

    // A container that another user started is found by its path alone. Its folder, its socket and the namespace that
    // it names are that user's, who may do everything there anyway.
    private static ContainerRecord? UsersOwn(string place, TimeLimit limit)
        => LibC.Look(place, follow: false) is { } folder && (folder.Mode & LibC.S_IFMT) == LibC.S_IFDIR
            && Describe($"{place}/command", place, limit, folder.Uid) is { } record
            && NamespaceOwner.Of(record.ProcessId) == folder.Uid ? record : null;

    private static ContainerRecord? Describe(string socket, string? name, TimeLimit limit, uint? user = null)
    {
        name ??= Ask(socket, GetName, limit) is { Text.Length: > 0 } answer ? answer.Text
            : socket.StartsWith('/') ? Path.GetFileName(Path.GetDirectoryName(socket)) : null;
        if (name is null
            || Netlink.KernelText.Printable(name) != name
            || Ask(socket, GetInitPid, limit, user) is not { } process)
            return null;
        // The state itself comes where others put an address; the code only says that there is one.
        var state = Ask(socket, GetState, limit, user)?.Number switch
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
    private static (long Number, string Text)? Ask(string socketName, int command, TimeLimit limit, uint? user = null)
    {
        try
        {
            using var socket = Connect(new UnixDomainSocketEndPoint("\0" + socketName), limit);
            // Anybody can listen under any abstract name, and would be believed about which process is the container's.
            if (socket?.IsOfRootOrOwn() != true && (user is null || socket?.User() != user))
                return null;
            // A monitor asks for its caller's user after it took the call, and refuses a command that came without.
            socket.SendCredentials();
            var request = new byte[8 + IntPtr.Size];
            BitConverter.TryWriteBytes(request, command);
            socket.Send(request);
            return ReadAnswer(buffer => Fill(socket, buffer, limit));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Reads one answer.</summary>
    /// <param name="fill">Fills a buffer; false where the answer ends before.</param>
    internal static (long Number, string Text)? ReadAnswer(Func<byte[], bool> fill)
    {
        var head = new byte[8 + IntPtr.Size];
        if (!fill(head))
            return null;
        var length = BitConverter.ToInt32(head, 4);
        var number = IntPtr.Size == 8 ? BitConverter.ToInt64(head, 8) : BitConverter.ToInt32(head, 8);
        if (length is <= 0 or > MaxAnswer)
            return (number, string.Empty);
        var body = new byte[length];
        return fill(body) ? (number, Netlink.KernelText.Decode(body)) : null;
    }

    // Where more wait for the listener than it allows, connect(2) fails at once. A monitor takes
    // its callers within milliseconds.
    private static Socket? Connect(UnixDomainSocketEndPoint address, TimeLimit limit)
    {
        do
        {
            // Not blocking: no cancellation ends a wait of the kernel's.
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            {
                Blocking = false,
            };
            try
            {
                socket.Connect(address);
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode
                is SocketError.WouldBlock or SocketError.TryAgain or SocketError.InProgress)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        while (limit.WaitForRoom());
        return null;
    }

    private static bool Fill(Socket socket, byte[] buffer, TimeLimit limit)
    {
        for (var done = 0; done < buffer.Length;)
        {
            if (!limit.WaitForAnswer(socket))
                return false;
            var got = socket.Receive(buffer, done, buffer.Length - done, SocketFlags.None);
            if (got == 0)
                return false;
            done += got;
        }

        return true;
    }

    /// <summary>
    /// How long one look-up may wait, over all sockets together: any user can make
    /// sockets that look like a container's.
    /// </summary>
    private sealed class TimeLimit(CancellationToken cancellation)
    {
        private const int StepMilliseconds = 10, PollMicroseconds = 20_000;
        private static readonly TimeSpan s_forRoom = TimeSpan.FromMilliseconds(500);
        private static readonly TimeSpan s_forAnswers = TimeSpan.FromSeconds(2);
        private TimeSpan _room, _answers;

        /// <summary>Waits a little for a listener to take the callers that are before this one.</summary>
        /// <returns>False if there is no time left.</returns>
        public bool WaitForRoom()
        {
            var since = Stopwatch.GetTimestamp();
            if (_room > s_forRoom)
                return false;
            cancellation.WaitHandle.WaitOne(StepMilliseconds);
            cancellation.ThrowIfCancellationRequested();
            _room += Stopwatch.GetElapsedTime(since);
            return true;
        }

        /// <summary>Waits for something to be received.</summary>
        /// <returns>False if there is no time left.</returns>
        public bool WaitForAnswer(Socket socket)
        {
            var since = Stopwatch.GetTimestamp();
            var isThere = false;
            while (!isThere && _answers + Stopwatch.GetElapsedTime(since) < s_forAnswers)
            {
                cancellation.ThrowIfCancellationRequested();
                isThere = socket.Poll(PollMicroseconds, SelectMode.SelectRead);
            }

            _answers += Stopwatch.GetElapsedTime(since);
            return isThere;
        }
    }
}
