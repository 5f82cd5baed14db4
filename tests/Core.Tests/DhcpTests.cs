using System.Diagnostics;
using System.Text;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Leases from a real server (dnsmasq), and what a server can say that is none.</summary>
public sealed class DhcpTests
{
    [Theory]
    [InlineData("dhcpcd")]
    [InlineData("udhcpc")]
    [InlineData("dhclient")]
    public void A_container_gets_what_the_server_says(string client) => Run(client, () =>
    {
        using var server = new Server("--dhcp-range=10.0.3.200,10.0.3.209,1h", "--domain=lxc", "--dhcp-option=option:dns-server,10.0.3.1,9.9.9.9");
        var here = Stacks.Pool.Get();
        var made = here.Containers.Connect(new ContainerReference("web"), new ContainerConnectionSpec { Bridge = "br0", Dhcp = true });
        var lease = made.Lease!;
        Assert.Equal((client, "10.0.3.1", "lxc", "10.0.3.1,9.9.9.9"), (lease.Client, lease.Server?.ToString(), lease.DomainName, string.Join(',', lease.DnsServer)));
        Assert.InRange(lease.LeaseTime.TotalMinutes, 59, 60);
        // The server is told what the container is called.
        Assert.True(Sandbox.Eventually(() => server.Said.Any(line => line.Contains("DHCPACK(br0) ", StringComparison.Ordinal) && line.EndsWith(" web", StringComparison.Ordinal))), string.Join('\n', server.Said));
        Assert.Contains("default via 10.0.3.1 dev eth0", Sandbox.Ip("-n web route"), StringComparison.Ordinal);
        var address = Sandbox.IpJson("-n web -4 address show dev eth0")[0].GetProperty("addr_info")[0];
        Assert.Equal(lease.IPAddress.ToString(), $"{address.GetProperty("local")}/{address.GetProperty("prefixlen")}");
        Assert.InRange(address.GetProperty("valid_life_time").GetInt64(), 3500, 3600);
        Assert.True(Sandbox.Pings(lease.IPAddress.Address.ToString()));

        // Asked again, the server gives the same; nothing is there twice, and no client stays.
        var inside = Stacks.Pool.Get(new NamespaceReference("web"));
        Assert.Equal(lease.IPAddress, inside.Containers.RequestLease(inside.Links.Get("eth0")).IPAddress);
        Assert.Equal(1, Sandbox.IpJson("-n web -4 address show dev eth0")[0].GetProperty("addr_info").GetArrayLength());
        // A client's own children take a moment to follow it.
        Assert.True(Sandbox.Eventually(() => Sandbox.Execute("ip", "netns", "pids", "web").Length == 0));

        // Another container's eth0 gets an address of its own.
        var other = here.Containers.Connect(new ContainerReference("db"), new ContainerConnectionSpec { Bridge = "br0", Dhcp = true });
        Assert.NotEqual(lease.IPAddress, other.Lease!.IPAddress);
    });

    [Theory]
    [InlineData("dhcpcd")]
    [InlineData("udhcpc")]
    [InlineData("dhclient")]
    public void A_container_whose_namespace_has_no_name_gets_a_lease_too(string client) => Run(client, () =>
    {
        using var container = Process.Start("unshare", ["--net", "sleep", "600"]);
        try
        {
            string Network(int id) => File.ResolveLinkTarget($"/proc/{id}/ns/net", false)!.Name;
            var own = File.ResolveLinkTarget("/proc/thread-self/ns/net", false)!.Name;
            Assert.True(Sandbox.Eventually(() => Network(container.Id) != own));
            using var server = new Server("--dhcp-range=10.0.3.200,10.0.3.209,1h");
            // In a named one, dhcpcd does without udev. Where /sys is this namespace's, the container's link is not in it.
            Sandbox.Execute("mount", "-t", "sysfs", "sys", "/sys");
            var made = Stacks.Pool.Get().Containers.Connect(new ContainerReference($"{container.Id}"), new ContainerConnectionSpec { Bridge = "br0", Dhcp = true, InterfaceName = "inside7" });
            Assert.False(Directory.Exists("/run/dhcpcd"));
            Assert.Equal(client, made.Lease!.Client);
            Assert.True(Sandbox.Pings(made.Lease.IPAddress.Address.ToString()));
        }
        finally
        {
            container.Kill();
            container.WaitForExit();
        }
    });

    [Fact]
    public void Another_lease_takes_the_first_ones_place_and_nothing_else_goes() => Run("udhcpc", () =>
    {
        var here = Stacks.Pool.Get();
        using (var server = new Server("--dhcp-range=10.0.3.200,10.0.3.209,1h"))
            here.Containers.Connect(new ContainerReference("web"), new ContainerConnectionSpec { Bridge = "br0", Dhcp = true });
        Sandbox.Ip("-n web route add 192.0.2.0/24 via 10.0.3.1");
        var routes = Sandbox.Ip("-n web route show proto boot") + Sandbox.Ip("-n web route show default");
        var inside = Stacks.Pool.Get(new NamespaceReference("web"));
        foreach (var (range, hasOther) in new[] { ("10.0.3.210,10.0.3.219", false), ("10.0.3.220,10.0.3.229", true) })
        {
            using var server = new Server($"--dhcp-range={range},1h");
            if (hasOther)
                Sandbox.Ip("-n web address add 10.0.3.99/24 dev eth0");
            var lease = inside.Containers.RequestLease(inside.Links.Get("eth0"));
            string[] expected = [.. new[] { $"{lease.IPAddress}" }.Concat(hasOther ? ["10.0.3.99/24"] : []).Order(StringComparer.Ordinal)];
            Assert.Equal(expected, Sandbox.IpJson("-n web -4 address show dev eth0")[0].GetProperty("addr_info").EnumerateArray().Select(address => $"{address.GetProperty("local")}/{address.GetProperty("prefixlen")}").Order(StringComparer.Ordinal));
            Assert.StartsWith(range[..8], $"{lease.IPAddress}", StringComparison.Ordinal);
            Assert.Equal(routes, Sandbox.Ip("-n web route show proto boot") + Sandbox.Ip("-n web route show default"));
        }
    });

    [Theory]
    [InlineData("dhcpcd")]
    [InlineData("udhcpc")]
    [InlineData("dhclient")]
    public void What_the_sessions_own_environment_says_is_not_taken_for_the_servers_words(string client) => Run(client, () =>
    {
        // No router and no domain.
        using var server = new Server("--dhcp-range=10.0.3.200,10.0.3.209,1h", "--dhcp-option=3");
        var mine = new Dictionary<string, string> { ["router"] = "10.0.3.66", ["new_routers"] = "10.0.3.66", ["domain"] = "evil", ["new_domain_name"] = "evil", ["LXCNETWORKING_BIG"] = new('x', 70000) };
        foreach (var (name, value) in mine)
            Environment.SetEnvironmentVariable(name, value);
        try
        {
            var lease = Stacks.Pool.Get().Containers.Connect(new ContainerReference("web"), new ContainerConnectionSpec { Bridge = "br0", Dhcp = true }).Lease!;
            Assert.Equal((0, null), (lease.Gateway.Count, lease.DomainName));
        }
        finally
        {
            foreach (var name in mine.Keys)
                Environment.SetEnvironmentVariable(name, null);
        }
    });

    [Fact]
    public void Without_a_server_the_link_goes_too_and_a_user_can_give_up() => Run("udhcpc", () =>
    {
        var here = Stacks.Pool.Get();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(700));
        var watch = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => here.Containers.Connect(new ContainerReference("web"), new ContainerConnectionSpec { Bridge = "br0", Dhcp = true }, stop.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(25), $"{watch.Elapsed}");
        Assert.Equal(1, Sandbox.IpJson("-n web link show").GetArrayLength());
        Assert.True(Sandbox.Eventually(() => Sandbox.Execute("ip", "netns", "pids", "web").Length == 0));

        Sandbox.Ip("link add v0 up type veth peer name e0 netns db");
        Sandbox.Ip("-n db link set e0 up");
        var inside = Stacks.Pool.Get(new NamespaceReference("db"));
        var refusal = Assert.Throws<NetworkException>(() => inside.Containers.RequestLease(inside.Links.Get("e0"), timeout: TimeSpan.FromSeconds(1)));
        Assert.Equal(NetworkErrorCode.TimedOut, refusal.Code);
        Assert.Contains("udhcpc", refusal.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void What_killed_requests_left_behind_is_cleared_away_and_nothing_else()
    {
        var folders = Enumerable.Range(0, 4).Select(_ => Directory.CreateTempSubdirectory("lxcnetworking-dhcp-").FullName).ToList();
        var (left, held, young, others) = (folders[0], folders[1], folders[2], folders[3]);
        foreach (var folder in new[] { left, held, others })
            File.WriteAllText(folder + "/lock", string.Empty);
        using (new FileStream(held + "/lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            // What others may write in is none of ours.
            File.SetUnixFileMode(others, (UnixFileMode)0x1ff);
            var planted = Path.Combine(Path.GetTempPath(), $"lxcnetworking-dhcp-{Guid.NewGuid():N}");
            Directory.CreateSymbolicLink(planted, others);
            folders.Add(planted);
            DhcpClient.Sweep();
            Assert.Equal([false, true, true, true, true], folders.Select(Path.Exists));
        }

        File.Delete(folders[4]);
        folders[1..4].ForEach(folder => Directory.Delete(folder, recursive: true));
    }

    [Theory]
    [InlineData("ip=10.0.3.5", "subnet=255.255.255.0", "10.0.3.5/24")]
    [InlineData("ip=10.0.3.5", "subnet=255.255.255.255", "10.0.3.5/32")]
    [InlineData("ip=10.0.3.5", "subnet=255.0.255.0", null)]
    [InlineData("ip=10.0.3.5", "subnet=0.0.0.0", null)]
    [InlineData("ip=10.0.3.5", "subnet=", null)]
    [InlineData("ip=10.0.3.5", "x=y", null)]
    [InlineData("ip=0.0.0.0", "subnet=255.255.255.0", null)]
    [InlineData("ip=224.0.0.1", "subnet=255.255.255.0", null)]
    [InlineData("ip=127.0.0.1", "subnet=255.0.0.0", null)]
    [InlineData("ip=fd00::1", "subnet=255.255.255.0", null)]
    [InlineData("ip=; rm -rf /", "subnet=255.255.255.0", null)]
    [InlineData("", "", null)]
    public void Only_a_usable_offer_is_taken(string address, string mask, string? expected) => Sandbox.Run(() =>
    {
        var link = Stacks.Pool.Get().Links.Get("lo");
        var said = Encoding.UTF8.GetBytes($"{address}\0{mask}\0router=bad 10.0.3.1 ::1\0domain=a\u001b[31m\0lease=99999999999\0dns={string.Join(' ', Enumerable.Repeat("1.1.1.1", 5000))}\0=\0\0");
        if (expected is null)
        {
            Assert.Equal(NetworkErrorCode.DependencyFailed, Assert.Throws<NetworkException>(() => DhcpClient.Parse(said, "udhcpc", link)).Code);
            return;
        }

        var lease = DhcpClient.Parse(said, "udhcpc", link);
        Assert.Equal(expected, lease.IPAddress.ToString());
        Assert.Equal("10.0.3.1", Assert.Single(lease.Gateway).ToString());
        Assert.Equal((@"a\x1b[31m", Duration.Forever), (lease.DomainName, lease.LeaseTime));
        Assert.True(lease.DnsServer.Count <= 16);
    });

    // The client is the only one that is found: the others are hidden in the sandbox's own view of /usr/sbin.
    private static void Run(string client, Action body) => Sandbox.Run(() =>
    {
        if (!File.Exists("/usr/sbin/" + client) || !File.Exists("/usr/sbin/dnsmasq"))
            Sandbox.Lacking($"{client} or dnsmasq is not installed: apt-get install dnsmasq-base dhcpcd-base udhcpc isc-dhcp-client");
        Sandbox.Overlay("/usr/sbin");
        foreach (var other in new[] { "dhcpcd", "udhcpc", "dhclient" }.Where(other => other != client))
            File.Delete("/usr/sbin/" + other);
        Sandbox.Ip("link set lo up");
        Sandbox.Ip("link add br0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev br0");
        Sandbox.Ip("netns add web");
        Sandbox.Ip("netns add db");
        body();
    });

    private sealed class Server : IDisposable
    {
        private readonly Process _process;

        public Server(params string[] options)
        {
            // dnsmasq changes its group.
            Sandbox.NeedsOtherUsers();
            _process = new Process
            {
                StartInfo = new ProcessStartInfo("dnsmasq", ["--keep-in-foreground", "--conf-file=/dev/null", "--interface=br0", "--bind-interfaces", "--leasefile-ro", "--pid-file=", "--user=root", "--port=0", "--log-facility=-", .. options])
                { RedirectStandardError = true },
            };
            var ready = new ManualResetEventSlim();
            _process.ErrorDataReceived += (_, line) =>
            {
                Said.Enqueue(line.Data ?? string.Empty);
                if (line.Data?.Contains("DHCP, IP range", StringComparison.Ordinal) == true)
                    ready.Set();
            };
            _process.Start();
            _process.BeginErrorReadLine();
            Assert.True(ready.Wait(TimeSpan.FromSeconds(60)), "dnsmasq does not start");
        }

        public System.Collections.Concurrent.ConcurrentQueue<string> Said { get; } = new();

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
