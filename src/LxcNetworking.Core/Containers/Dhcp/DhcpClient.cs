using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>
/// Asks a DHCP server by the first client program that is there. The program only speaks to the server: what it hears is handed
/// over by a hook, and the address is set over netlink. It does not stay, so that no process keeps a container's namespace alive.
/// </summary>
internal static class DhcpClient
{
    private const int MaxLeaseBytes = 64 << 10;
    private const string RunState = "/run/dhcpcd", FolderPrefix = "lxcnetworking-dhcp-", NewFolderPrefix = "lxcnetworking-new-", LockFile = "lock";

    // NUL between the entries, as a server's texts can have anything else in them. The hook finds its folder by its own
    // path ($0), so that no folder's name is ever part of it.
    private const string Hook = "#!/bin/sh\n"
        + "case ${reason:-$1} in bound|renew|BOUND|RENEW|REBIND|REBOOT) "
        + "env -0 > \"${0%/*}/new\" && mv -- \"${0%/*}/new\" \"${0%/*}/lease\" ;; esac\n"
        + "exit 0\n";

    // dhclient would stay, should this process be killed meanwhile; the others end by themselves.
    private static readonly string s_dhclientHook =
        Hook.Replace(" ;; esac", "; kill -9 $PPID ;; esac", StringComparison.Ordinal);

    private static readonly string[] s_folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathRooted), "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    /// <summary>The clients in the order in which they are looked for, and how each is told to ask once, stay in front and change nothing.</summary>
    private static readonly (string Name, Func<string, string, string?, string[]> Arguments)[] s_clients =
    [
        ("dhcpcd", (link, folder, host) => [.. host is null ? Array.Empty<string>() : ["--hostname=" + host], "--config", "/dev/null", "--ipv4only", "--oneshot", "--nobackground", "--clientid=", "--option", "routers,domain_name_servers,domain_name", "--noarp", "--noipv4ll", "--noconfigure", "--script", folder + "/hook", link]),
        ("udhcpc", (link, folder, host) => [.. host is null ? Array.Empty<string>() : ["-x", "hostname:" + host], "-i", link, "-f", "-n", "-q", "-t", "8", "-T", "1", "-s", folder + "/hook"]),
        ("dhclient", (link, folder, host) => ["-4", "-1", "-d", "-cf", host is null ? "/dev/null" : folder + "/conf", "-sf", folder + "/hook", "-lf", folder + "/leases", "-pf", folder + "/pid", link]),
    ];

    /// <summary>Gets a lease for a link. The link's address is not set yet.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link, up.</param>
    /// <param name="hostName">What the server is told to call it; null, or what is no host name, for nothing.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">DependencyFailed, TimedOut.</exception>
    public static DhcpLease Request(NetworkStack stack, NetLink link, string? hostName, TimeSpan patience, CancellationToken cancellation)
    {
        var (name, path, arguments) = s_clients
            .Select(client => (client.Name, Path: s_folders.Select(folder => Path.Combine(folder, client.Name)).FirstOrDefault(File.Exists), client.Arguments))
            .FirstOrDefault(client => client.Path is not null);
        if (path is null)
            throw new NetworkException(NetworkErrorCode.DependencyFailed, "There is no DHCP client: none of dhcpcd, udhcpc and dhclient was found. Install one ('apt-get install udhcpc'), or use a static address.", link.Name);
        // The container itself may have named it.
        if (link.Name.StartsWith('-'))
            throw new NetworkException(NetworkErrorCode.InvalidName, $"'{link.Name}' begins with '-', so {name} would take it for an option.", link.Name)
            {
                Advice = [Advice.To(AdviceKind.Rename, AdviceThing.Link, stack.Namespace.Text, link.Name)],
            };
        Sweep();
        // 0700, under a random name: nobody else can plant anything in it.
        string? folder = null;
        try
        {
            using var held = MakeFolder(out folder);
            var hook = Path.Combine(folder, "hook");
            File.WriteAllText(hook, name == "dhclient" ? s_dhclientHook : Hook);
            if (hostName is null or "" || hostName.Length > 63 || !hostName.All(c => char.IsAsciiLetterOrDigit(c) || c is '-') || hostName[0] is '-' || hostName[^1] is '-' || hostName.All(char.IsAsciiDigit))
                hostName = null;
            else if (name == "dhclient")
                File.WriteAllText(Path.Combine(folder, "conf"), $"send host-name \"{hostName}\";\n");
            File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return Run(stack, link, (name, path), arguments(link.Name, folder, hostName), folder, patience, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var known = FileErrors.Explain(
                e, $"The DHCP client {name} cannot be run from {folder ?? Path.GetTempPath()}, the folder that TMPDIR names", name);
            throw known.Code == NetworkErrorCode.NoSpace ? known
                : new NetworkException(NetworkErrorCode.DependencyFailed, known.Message, name, e) { Advice = known.Advice };
        }
        finally
        {
            try
            {
                if (folder is not null)
                    Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next one sweeps it away.
            }
        }
    }

    /// <summary>
    /// Removes the folders that killed processes left behind: those that are this user's and that nobody holds. The clients that were
    /// started from them are ended.
    /// </summary>
    public static void Sweep()
    {
        try
        {
            foreach (var prefix in new[] { FolderPrefix, NewFolderPrefix })
            {
                foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), prefix + "*").ToList())
                    SweepOne(folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is not there has nothing left in it.
        }
    }

    private static void SweepOne(string folder)
    {
        // This user's, and closed to everybody else.
        if (LibC.Look(folder) is not { } about || about.Uid != LibC.GetEffectiveUserId() || (about.Mode & (LibC.S_IFMT | 0x3f)) != LibC.S_IFDIR)
            return;
        try
        {
            // One of this name is held from the first, unless it is somebody else's.
            if (Path.GetFileName(folder).StartsWith(FolderPrefix, StringComparison.Ordinal)
                && !File.Exists(Path.Combine(folder, LockFile))
                && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) < TimeSpan.FromMinutes(1))
                return;
            using var opened = OpenFolder.FindOwn(folder);
            using var ours = opened?.TryLock(LockFile);
            if (ours is null)
                return;
            foreach (var id in ChildProgram.Find(words => words.Any(word => word.StartsWith(folder + "/", StringComparison.Ordinal))))
                ChildProgram.End(id);
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            // It is in use, or another process was quicker.
        }
    }

    // It has its name only when it is held, so that nobody takes it for one that a killed process left behind.
    private static SafeFileHandle MakeFolder(out string folder)
    {
        while (true)
        {
            var made = Directory.CreateTempSubdirectory(NewFolderPrefix).FullName;
            using var opened = OpenFolder.FindOwn(made);
            if (opened?.TryLock(LockFile) is not { } held)
                continue;
            folder = Path.Combine(Path.GetTempPath(), FolderPrefix + Path.GetFileName(made)[NewFolderPrefix.Length..]);
            Directory.Move(made, folder);
            return held;
        }
    }

    /// <summary>Reads what the hook wrote down. It is the server's to say, so nothing of it is believed that does not fit.</summary>
    internal static DhcpLease Parse(byte[] environment, string client, NetLink link)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in Encoding.UTF8.GetString(environment).Split('\0'))
        {
            if (entry.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
                values.TryAdd(entry[..at], entry[(at + 1)..]);
        }

        string? Value(string mine, string others) => values.TryGetValue(client == "udhcpc" ? mine : others, out var value) && value.Length > 0 ? value : null;
        IPAddress? Address(string? text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && !IP.IsAny(address) && !IP.IsMulticast(address) ? address : null;
        IReadOnlyList<IPAddress> Addresses(string mine, string others) => [.. (Value(mine, others) ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(16).Select(Address).OfType<IPAddress>()];
        var own = Address(Value("ip", "new_ip_address"));
        var mask = IPAddress.TryParse(Value("subnet", "new_subnet_mask"), out var subnet) && subnet.AddressFamily == AddressFamily.InterNetwork ? subnet.GetAddressBytes() : null;
        if (own is null || IPAddress.IsLoopback(own) || mask is null || LengthOf(mask) is not { } length)
            throw new NetworkException(NetworkErrorCode.DependencyFailed, $"The DHCP server's offer for '{link.Name}' has no usable address and subnet mask in it.", link.Name);
        var lifetime = Digits.TryParse(Value("lease", "new_dhcp_lease_time"), out uint seconds) && seconds is > 0 and < uint.MaxValue
            ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
        var domain = Value("domain", "new_domain_name");
        return new DhcpLease(new IPPrefix(own, length), link)
        {
            Gateway = [.. Addresses("router", "new_routers")],
            DnsServer = [.. Addresses("dns", "new_domain_name_servers")],
            DomainName = domain is null ? null : KernelText.Printable(domain.Length > 253 ? domain[..253] : domain),
            Server = Address(Value("serverid", "new_dhcp_server_identifier")),
            LeaseTime = lifetime,
            Expires = lifetime == TimeSpan.MaxValue ? null : DateTimeOffset.Now + lifetime,
            Client = client,
        };
    }

    // dhcpcd keeps a lease and a process id for each interface name, and would take another container's eth0, or the host's, for this one.
    private static bool HideClientState()
    {
        const ulong MS_PRIVATE = 1 << 18;
        Check(LibC.Unshare(LibC.CLONE_NEWNS));
        Check(LibC.Mount(string.Empty, "/", string.Empty, LibC.MS_REC | MS_PRIVATE, 0));
        // A folder that is made for it in the machine's /run would stay, so it gets a /run of its own.
        if (!Directory.Exists(RunState))
            CopyRun();
        foreach (var state in new[] { "/var/lib/dhcpcd", RunState }.Where(Directory.Exists))
            MountEmpty(state);
        return true;
    }

    // With all folders that are in the machine's, under which the hook's own or a program that it runs may be.
    private static void CopyRun()
    {
        const string Run = "/run";
        using var machines = FileCalls.TryOpen(Run, LibC.O_PATH | LibC.O_DIRECTORY) ?? throw FileCalls.Failure(Run);
        var folders = new DirectoryInfo(Run).GetDirectories();
        MountEmpty(Run);
        foreach (var folder in folders)
        {
            if (folder.LinkTarget is { } target)
            {
                Directory.CreateSymbolicLink(folder.FullName, target);
                continue;
            }

            Directory.CreateDirectory(folder.FullName);
            Check(LibC.Mount($"{FileCalls.PathOf(machines)}/{folder.Name}", folder.FullName, string.Empty, LibC.MS_BIND | LibC.MS_REC, 0));
        }

        Directory.CreateDirectory(RunState);
    }

    private static void MountEmpty(string path)
    {
        const ulong MS_NOSUID = 2, MS_NODEV = 4;
        Check(LibC.Mount("dhcpcd", path, "tmpfs", MS_NOSUID | MS_NODEV, 0));
    }

    private static void Check(int result)
    {
        if (result < 0)
            throw new Win32Exception(System.Runtime.InteropServices.Marshal.GetLastPInvokeError());
    }

    private static int? LengthOf(byte[] mask)
    {
        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(mask);
        var length = System.Numerics.BitOperations.LeadingZeroCount(~bits);
        return length > 0 && (length == 32 || bits << length == 0) ? length : null;
    }

    private static DhcpLease Run(
        NetworkStack stack, NetLink link, (string Name, string Path) client, string[] arguments, string folder, TimeSpan patience, CancellationToken cancellation)
    {
        var said = new StringBuilder();
        void Note(object sender, DataReceivedEventArgs line)
        {
            lock (said)
            {
                if (line.Data is { Length: > 0 } text && said.Length < 500)
                    said.Append(said.Length == 0 ? string.Empty : "; ").Append(KernelText.Printable(text.Length > 200 ? text[..200] : text));
            }
        }

        // A client hands its own environment on to the hook, where it would pass for the server's words.
        using var process = ChildProgram.Prepare(client.Path, arguments, folder);
        process.OutputDataReceived += Note;
        process.ErrorDataReceived += Note;
        try
        {
            // A child is born where the thread is that starts it: in the link's network namespace, and with a view of the file system
            // of its own.
            NamespaceProcess.Start(stack, () => (client.Name != "dhcpcd" || HideClientState()) && process.Start());
        }
        catch (Win32Exception e)
        {
            throw new NetworkException(NetworkErrorCode.DependencyFailed, $"The DHCP client {client.Path} cannot be run: {e.Message}.", client.Name, e);
        }

        try
        {
            process.StandardInput.Close();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var lease = Path.Combine(folder, "lease");
            var since = Stopwatch.GetTimestamp();
            while (true)
            {
                var ended = process.WaitForExit(20);
                if (File.Exists(lease))
                {
                    if (new FileInfo(lease).Length > MaxLeaseBytes)
                        throw new NetworkException(NetworkErrorCode.DependencyFailed, $"The DHCP server's offer for '{link.Name}' is over {MaxLeaseBytes} bytes long.", link.Name);
                    return Parse(File.ReadAllBytes(lease), client.Name, link);
                }

                cancellation.ThrowIfCancellationRequested();
                if (!ended && Stopwatch.GetElapsedTime(since) < patience)
                    continue;
                string words;
                lock (said)
                    words = said.Length == 0 ? string.Empty : $" It said: {said}";
                throw ended && process.ExitCode != 0 && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(2)
                    ? new NetworkException(NetworkErrorCode.DependencyFailed, $"The DHCP client {client.Name} gave up on '{link.Name}' with {process.ExitCode}.{words}", link.Name)
                    : new NetworkException(NetworkErrorCode.TimedOut, $"No DHCP server answered on '{link.Name}' in namespace '{link.Namespace}' ({client.Name} asked).{words}", link.Name);
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit(1000);
            }
        }
    }
}
