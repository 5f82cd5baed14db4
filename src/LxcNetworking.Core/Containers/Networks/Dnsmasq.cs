using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>The server of one container network: a dnsmasq(8) that is bound to its bridge alone.</summary>
internal static class Dnsmasq
{
    /// <summary>The files in the network's folder.</summary>
    public const string ConfigurationFile = "dnsmasq.conf", LeaseFile = "leases", ProcessFile = "dnsmasq.pid";

    private const string NoDns = "port=0";

    private static readonly (string Option, AddressFamily Family)[] s_serverOptions =
    [
        ("dhcp-option=option:dns-server,", AddressFamily.InterNetwork),
        ("dhcp-option=option6:dns-server,", AddressFamily.InterNetworkV6),
    ];

    private const string GroupsFile = "/proc/self/setgroups";
    private const int MaxLeaseBytes = 4 << 20, MaxSmallBytes = 64 << 10;
    private static readonly string[] s_places
        = ["/usr/sbin/dnsmasq", "/sbin/dnsmasq", "/usr/local/sbin/dnsmasq", "/usr/bin/dnsmasq"];

    /// <summary>Whether it is installed.</summary>
    /// <exception cref="NetworkException">DependencyFailed.</exception>
    public static string Program => s_places.FirstOrDefault(File.Exists)
        ?? throw new NetworkException(
            NetworkErrorCode.DependencyFailed,
            "There is no dnsmasq, which serves DHCP and DNS. Install it ('apt-get install dnsmasq-base').",
            "dnsmasq")
        {
            Advice = [Advice.Omit(nameof(ContainerNetworkSpec.Dhcp))],
        };

    /// <summary>Its configuration for a network. Every text in it was checked to be of plain characters.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="folder">Where it is on file.</param>
    /// <param name="others">The name servers that leases name while it answers no DNS; empty where it does.</param>
    public static string Configuration(
        ContainerNetworkSpec spec, RunFolder folder, IReadOnlyList<IPAddress> others)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
        Line($"# Of the container network {spec.Name}: LxcNetworking writes it, and removes it with the network.");
        Line($"interface={spec.Name}");
        Line($"except-interface=lo");
        Line($"bind-interfaces");
        // It opens what it needs and then lives as a user without rights; in a user namespace of one user there is
        // nobody else to be.
        Line($"user={(HasOneUser ? "root" : User)}");
        if (HasOneUser)
            Line($"group=");
        Line($"pid-file={folder.File(ProcessFile)}");
        Line($"dhcp-leasefile={folder.File(LeaseFile)}");
        Line($"dhcp-authoritative");
        Line($"dhcp-no-override");
        // It would wait for three seconds before each new lease; the client asks who has an address.
        Line($"no-ping");
        Line($"domain-needed");
        Line($"bogus-priv");
        Line($"no-hosts");
        foreach (var line in Naming(others))
            Line($"{line}");
        if (spec.Domain is { } domain)
        {
            Line($"domain={domain}");
            Line($"local=/{domain}/");
            Line($"expand-hosts");
        }

        var lease = (long)spec.LeaseTime.TotalSeconds;
        if (spec.IPv4 is { } own)
        {
            var (first, last) = spec.DhcpRange
                ?? (ContainerNetworkSpec.Add(own.Network.Address, 1), ContainerNetworkSpec.Add(own.LastAddress, -1));
            // dnsmasq never leases its own address, even inside the range.
            Line($"dhcp-range={first},{last},{new IPPrefix(IPAddress.Broadcast, own.Length).Network.Address},{lease}");
        }

        if (spec.IPv6 is { } prefix)
        {
            Line($"enable-ra");
            // Containers make addresses of their own; those that are kept for some are leased over DHCPv6, and no
            // others.
            var keeps = spec.StaticLeases.Any(kept => prefix.Network.Contains(kept.IPAddress));
            var mode = (keeps ? "static," : string.Empty) + (spec.IPv4 is null ? "slaac" : "ra-names");
            Line($"dhcp-range={prefix.Network.Address},{mode},64,{lease}");
        }

        foreach (var (name, address, mac) in spec.StaticLeases)
        {
            var full = spec.Domain is null ? name : $"{name},{name}.{spec.Domain}";
            Line($"host-record={full},{address}");
            Line($"dhcp-host={(mac is { } known ? known + "," : string.Empty)}{Shown(address)},{name}");
        }

        return text.ToString();
    }

    /// <summary>The network's server, if it runs.</summary>
    /// <returns>Its process, or 0.</returns>
    public static int ProcessOf(RunFolder folder)
        => folder.Exists && folder.IsPlain(ProcessFile) && folder.Read(ProcessFile, MaxSmallBytes) is { } content
            && ParseId(content) is var id and > 1
            // The number may be somebody else's by now.
            && Serves(ChildProgram.CommandLine(id), folder)
            ? id
            : 0;

    /// <summary>Starts it, and waits until it serves.</summary>
    /// <exception cref="NetworkException">DependencyFailed, with its own words.</exception>
    public static void Start(
        NetworkStack stack, ContainerNetworkSpec spec, RunFolder folder, CancellationToken cancellation)
    {
        var said = TryStart(stack, spec, folder, spec.DnsServers, cancellation);
        if (said is not null)
        {
            // One whose maker was killed may have come in between, or be on its way out: it is not to be known by its
            // command line then, and still has its sockets. And of two that listen at the same moment, the kernel may
            // refuse both.
            Stop(stack, folder);
            for (var turn = 0; turn < 400 && IsAnyLeaving(); turn++)
                Thread.Sleep(5);
            said = TryStart(stack, spec, folder, spec.DnsServers, cancellation);
            // Addresses are worth having without names.
            if (said is not null && spec.DnsServers.Count == 0 && NameServers.IsPortTaken(stack, spec))
                said = TryStart(stack, spec, folder, NameServers.Of(stack, spec), cancellation);
        }

        if (said is not null)
            throw new NetworkException(
                NetworkErrorCode.DependencyFailed,
                $"dnsmasq did not start on '{spec.Name}': {(said.Length > 500 ? said[..500] : said)}",
                spec.Name);
    }

    // Null, or why it ended.
    private static string? TryStart(
        NetworkStack stack,
        ContainerNetworkSpec spec,
        RunFolder folder,
        IReadOnlyList<IPAddress> others,
        CancellationToken cancellation)
    {
        folder.Write(ConfigurationFile, Encoding.ASCII.GetBytes(Configuration(spec, folder, others)));
        folder.Delete(ProcessFile);
        // It would follow a link that stands in for its file.
        if (!folder.IsPlain(LeaseFile))
            folder.Delete(LeaseFile);
        using var process = ChildProgram.Prepare(Program, [Option(folder)], "/");
        try
        {
            NamespaceProcess.Start(stack, process.Start);
        }
        catch (Win32Exception e)
        {
            throw new NetworkException(
                NetworkErrorCode.DependencyFailed, $"{Program} cannot be run: {e.Message}.", spec.Name, e);
        }

        process.StandardInput.Close();
        var words = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            // It goes into the background once it is bound and serves.
            process.WaitForExitAsync(cancellation).WaitAsync(TimeSpan.FromSeconds(15), cancellation).GetAwaiter()
                .GetResult();
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            var failure = e is OperationCanceledException ? e
                : new NetworkException(
                    NetworkErrorCode.TimedOut,
                    $"dnsmasq did not start on '{spec.Name}' within 15 seconds.",
                    spec.Name,
                    e);
            throw Rollback.After(failure, $"end the dnsmasq of '{spec.Name}'", () =>
            {
                process.Kill();
                Stop(stack, folder);
            });
        }

        if (process.ExitCode == 0)
            return null;
        return words.Wait(1000, CancellationToken.None)
            ? KernelText.Printable(words.Result.Trim().Replace('\n', ';'))
            : string.Empty;
    }

    /// <summary>Ends it, and waits until it is gone; also one that was started for the network and is not on file, as
    /// its maker was killed.</summary>
    public static void Stop(NetworkStack stack, RunFolder folder)
    {
        if (!folder.Exists)
            return;
        if (File.Exists(folder.File(ConfigurationFile)))
            StopAll(stack, folder);
        folder.Delete(ProcessFile);
    }

    // It forks as it starts.
    private static void StopAll(NetworkStack stack, RunFolder folder)
    {
        for (var turn = 0; turn < 10 && Processes(stack, folder) is { Count: > 0 } found; turn++)
            found.ForEach(id => End(id, folder));
    }

    /// <summary>Ends it and removes its files.</summary>
    public static void Remove(NetworkStack stack, RunFolder folder)
    {
        Stop(stack, folder);
        if (!folder.Exists || !folder.IsPlain(ConfigurationFile))
            return;
        // One that a killed command had started may have been no dnsmasq yet. Without its configuration it ends by
        // itself.
        folder.Delete(ConfigurationFile);
        StopAll(stack, folder);
        folder.Delete(LeaseFile);
    }

    /// <summary>The process that a file of dnsmasq's names; 0 if it names none.</summary>
    internal static int ParseId(byte[] content)
        => Digits.TryParse(Encoding.ASCII.GetString(content).Trim(), out int id) ? id : 0;

    private static List<int> Processes(NetworkStack stack, RunFolder folder)
    {
        // Another namespace's network may have the same name, and its /run be another one.
        var own = NamespaceFile.TryIdentify(stack.Path, out _);
        var found = ChildProgram.Find(words => Serves(words, folder))
            .Where(id => own is not null && NamespaceFile.TryIdentify(NamespaceFile.ProcessPath(id), out _) == own)
            .ToList();
        if (ProcessOf(folder) is var known and > 0 && !found.Contains(known))
            found.Add(known);
        return found;
    }

    private static bool IsAnyLeaving() => ChildProgram.ProcessIds().Any(id =>
    {
        try
        {
            return File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/comm") == "dnsmasq\n"
                && ChildProgram.CommandLine(id) is [""]
                && ChildProgram.HoldsItsSockets(id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private static bool Serves(string[]? words, RunFolder folder)
        => words?.Contains(Option(folder)) == true && Path.GetFileName(words[0]) == "dnsmasq";

    private static void End(int id, RunFolder folder)
    {
        try
        {
            // dnsmasq has nothing to tidy up that is wanted: its leases are on file at any time.
            ChildProgram.End(id);
        }
        catch (Win32Exception e)
        {
            throw new NetworkException(
                NetworkErrorCode.PermissionDenied,
                $"The dnsmasq of '{NetworkFolders.NameOf(folder)}' (process {id}) cannot be ended: {e.Message}.",
                folder.Path,
                e);
        }
    }

    /// <summary>Whether the configuration on file is another one than a network needs.</summary>
    public static bool Differs(NetworkStack stack, ContainerNetworkSpec spec, RunFolder folder)
    {
        if (Read(folder) is not { } text)
            return true;
        var others = spec.DnsServers;
        // Without DNS, as somebody else has the port.
        if (others.Count == 0 && OtherServers(text) is { Count: > 0 } instead && NameServers.IsPortTaken(stack, spec))
            others = instead;
        return text != Configuration(spec, folder, others);
    }

    /// <summary>The name servers that leases name while it answers no DNS; empty where it does.</summary>
    public static IReadOnlyList<IPAddress> OtherServers(RunFolder folder) => OtherServers(Read(folder) ?? string.Empty);

    // The lines by which it answers no DNS and leases name other servers.
    private static IEnumerable<string> Naming(IReadOnlyList<IPAddress> others)
        => others.Count == 0 ? [] : s_serverOptions
            .Select(item => (
                item.Option,
                Servers: others.Where(server => server.AddressFamily == item.Family).Select(Shown).ToList()))
            .Where(item => item.Servers.Count > 0)
            .Select(item => item.Option + string.Join(',', item.Servers)).Prepend(NoDns);

    private static List<IPAddress> OtherServers(string configuration)
    {
        var lines = configuration.Split('\n');
        return !lines.Contains(NoDns) ? [] :
        [
            .. s_serverOptions.SelectMany(item => lines
                .Where(line => line.StartsWith(item.Option, StringComparison.Ordinal))
                .SelectMany(line => line[item.Option.Length..].Split(',')))
                .Select(text => IPAddress.TryParse(text.Trim('[', ']'), out var server) ? server : null)
                .OfType<IPAddress>(),
        ];
    }

    private static string? Read(RunFolder folder)
        => folder.Exists && folder.Read(ConfigurationFile, MaxSmallBytes * 16) is { } content
            ? Encoding.ASCII.GetString(content) : null;

    private static string Shown(IPAddress address)
        => IP.FamilyOf(address) == IPFamily.IPv6 ? $"[{address}]" : $"{address}";

    /// <summary>Reads the leases on file. Lines that are none are passed over: clients have a say in what they
    /// hold.</summary>
    public static IReadOnlyList<ContainerNetworkLease> Leases(
        string network, RunFolder folder, NamespaceReference reference)
    {
        if (!folder.Exists || !folder.IsPlain(LeaseFile) || folder.Read(LeaseFile, MaxLeaseBytes) is not { } content)
            return [];
        return ParseLeases(network, content, reference);
    }

    /// <summary>Reads a lease file's content.</summary>
    internal static List<ContainerNetworkLease> ParseLeases(
        string network, byte[] content, NamespaceReference reference)
    {
        var result = new List<ContainerNetworkLease>();
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            // expiry (seconds since 1970, 0 for never), MAC address, address, name or *, client id; IPv6 ones have an
            // IAID for the MAC address.
            var words = line.Split(' ');
            if (words.Length < 4 || !Digits.TryParse(words[0], out long expiry) || expiry > 253402300799L
                || !IPAddress.TryParse(words[2], out var address))
                continue;
            result.Add(new ContainerNetworkLease(network, address, reference)
            {
                MacAddress = LxcNetworking.Values.MacAddress.TryParse(words[1], out var mac)
                    && words[1].Contains(':', StringComparison.Ordinal)
                    ? mac
                    : null,
                HostName = words[3] is "*" or "" ? null : KernelText.Printable(words[3]),
                Expires = expiry == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(expiry),
            });
        }

        return result;
    }

    // user_namespaces(7): what an ordinary user made without help may not change its groups.
    private static bool HasOneUser
        => File.Exists(GroupsFile) && File.ReadAllText(GroupsFile).StartsWith("deny", StringComparison.Ordinal);

    private static string User
        => File.ReadLines("/etc/passwd").Any(line => line.StartsWith("dnsmasq:", StringComparison.Ordinal))
            ? "dnsmasq"
            : "nobody";

    private static string Option(RunFolder folder) => "--conf-file=" + folder.File(ConfigurationFile);
}
