using System.Collections.Concurrent;
using System.Diagnostics;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Packets;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>
/// A DHCP server of somebody else's on the bridge br0 (10.0.3.1/24), which leases 10.0.3.FIRST to 10.0.3.LAST.
/// </summary>
internal sealed class DhcpServer : IDisposable
{
    private readonly Process _process;

    private DhcpServer(string program, string[] arguments, string ready, Action<ProcessStartInfo>? prepare = null)
    {
        // Each changes its user or group.
        Sandbox.NeedsOtherUsers();
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true
        };
        prepare?.Invoke(start);
        _process = new Process { StartInfo = start };
        var isReady = new ManualResetEventSlim();
        void Note(object sender, DataReceivedEventArgs line)
        {
            Said.Enqueue(line.Data ?? string.Empty);
            if (line.Data?.Contains(ready, StringComparison.Ordinal) == true)
                isReady.Set();
        }

        _process.ErrorDataReceived += Note;
        _process.OutputDataReceived += Note;
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        Assert.True(isReady.Wait(TimeSpan.FromSeconds(60)), $"{program} does not start: {string.Join('\n', Said)}");
    }

    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>dnsmasq with further options.</summary>
    public static DhcpServer Dnsmasq(int first, int last, params string[] options) => new(
        Find("dnsmasq", "dnsmasq-base"),
        [
            "--keep-in-foreground", "--conf-file=/dev/null", "--interface=br0", "--bind-interfaces", "--leasefile-ro",
                "--pid-file=", "--user=root", "--port=0",
            "--no-ping", "--log-facility=-", $"--dhcp-range=10.0.3.{first},10.0.3.{last},255.255.255.0,1h", .. options,
        ],
        "DHCP, IP range");

    /// <summary>dhcpd of ISC, which knows a client by its id.</summary>
    public static DhcpServer Isc(int first, int last)
    {
        var program = Find("dhcpd", "isc-dhcp-server");
        File.WriteAllText("/run/leases", string.Empty);
        File.WriteAllText("/run/dhcpd.conf", $$"""
            authoritative;
            ping-check false;
            default-lease-time 3600;
            option routes code 121 = array of unsigned integer 8;
            subnet 10.0.3.0 netmask 255.255.255.0 {
              range 10.0.3.{{first}} 10.0.3.{{last}};
              option routers 10.0.3.66;
              option routes 0, 10, 0, 3, 1, 16, 10, 9, 10, 0, 3, 2;
              option domain-name "lxc";
              option domain-search "lxc", "a.lxc";
              option domain-name-servers 10.0.3.1, 9.9.9.9;
              option interface-mtu 1400;
            }
            """);
        return new(program, ["-4", "-d", "-f", "-cf", "/run/dhcpd.conf", "-lf", "/run/leases", "--no-pid", "br0"],
            "Sending on   Socket/fallback");
    }

    /// <summary>Kea, which is asked over raw sockets.</summary>
    public static DhcpServer Kea(int first, int last)
    {
        var program = Find("kea-dhcp4", "kea-dhcp4-server");
        File.WriteAllText("/run/kea.json", $$"""
            { "Dhcp4": {
              "interfaces-config": { "interfaces": ["br0"], "dhcp-socket-type": "raw" },
              "lease-database": { "type": "memfile", "persist": false },
              "valid-lifetime": 3600,
              "subnet4": [ { "subnet": "10.0.3.0/24", "pools": [ { "pool": "10.0.3.{{first}} - 10.0.3.{{last}}" } ],
                "option-data": [
                  { "name": "routers", "data": "10.0.3.1" },
                  { "name": "domain-name-servers", "data": "10.0.3.1, 9.9.9.9" },
                  { "name": "domain-name", "data": "lxc" }, { "name": "domain-search", "data": "lxc, a.lxc" },
                  { "name": "interface-mtu", "data": "1400" } ] } ],
              "loggers": [ { "name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 40,
                "output_options": [ { "output": "stdout" } ] } ] } }
            """);
        return new(program, ["-c", "/run/kea.json"], "DHCP4_STARTED", start =>
        {
            start.Environment["KEA_LOCKFILE_DIR"] = "none";
            start.Environment["KEA_PIDFILE_DIR"] = "/run";
        });
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Find(string program, string package)
    {
        var path = $"/usr/sbin/{program}";
        if (!File.Exists(path))
            Sandbox.Lacking($"{program} is not installed: apt-get install {package}");
        return path;
    }
}

/// <summary>A server on a link that answers each message of a client as the test says, whatever that is.</summary>
internal sealed class HostileServer : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _isOver;

    /// <summary>Starts it.</summary>
    /// <param name="link">The link's index.</param>
    /// <param name="answer">Makes frames of a message; null asks for more, between messages.</param>
    public HostileServer(int link, Func<DhcpMessage?, IEnumerable<byte[]>> answer)
    {
        var socket = PacketSocket.Open(Stacks.Pool.Get(), link, NeighborFrames.ETH_P_IP);
        _thread = new Thread(() =>
        {
            var frame = new byte[2048];
            while (!_isOver)
            {
                var size = socket.Receive(frame);
                if (size == 0)
                    PacketSocket.Wait([socket], TimeSpan.FromMilliseconds(1));
                // UDP to port 67.
                var message = size > 282 && frame[23] == 17 && frame[37] == DhcpFrames.ServerPort
                    ? DhcpMessage.TryParse(frame.AsSpan(42, size - 42)) : null;
                if (message is not null)
                    Heard.Enqueue(message);
                foreach (var sent in answer(message))
                    socket.TrySend(sent);
            }

            socket.Dispose();
        });
        _thread.Start();
    }

    public ConcurrentQueue<DhcpMessage> Heard { get; } = new();

    /// <summary>A good answer to a message.</summary>
    public static DhcpMessage Reply(DhcpMessage message, string address) => new()
    {
        IsReply = true,
        TransactionId = message.TransactionId,
        HardwareAddress = message.HardwareAddress,
        YourAddress = IPAddress.Parse(address),
        [DhcpOption.MessageType] = [(byte)(message.Type == DhcpMessageType.Discover ? DhcpMessageType.Offer
            : DhcpMessageType.Ack)],
        [DhcpOption.Server] = [10, 0, 3, 1],
        [DhcpOption.SubnetMask] = [255, 255, 255, 0],
        [DhcpOption.LeaseTime] = [0, 0, 0x0e, 0x10],
    };

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }
}
