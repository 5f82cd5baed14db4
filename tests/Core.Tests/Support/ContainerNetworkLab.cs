using System.Net;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>A machine with dnsmasq, and what ip(8) and nft(8) say of its networks.</summary>
internal static class ContainerNetworkLab
{
    internal const string Folder = "/run/lxcnetworking/lxcbr0", Conf = Folder + "/dnsmasq.conf",
        Pid = Folder + "/dnsmasq.pid";

    internal static readonly ContainerNetworkSpec s_full = new("lxcbr0")
    {
        Subnets = [new IPPrefix("10.0.3.0/24"), new IPPrefix("fd00:3::/64")],
        Nat = true,
        Dhcp = true,
        Domain = "lxc",
        StaticLeases = [new StaticLease("db", IPAddress.Parse("10.0.3.40"), MacAddress.Parse("02:00:00:00:00:40"))],
    };

    internal static ContainerNetworkOperations Here => Stacks.Pool.Get().ContainerNetworks;

    internal static void Run(Action body) => Sandbox.Run(() =>
    {
        if (!File.Exists("/usr/sbin/dnsmasq"))
            Sandbox.Lacking("dnsmasq is not installed: apt-get install dnsmasq-base");
        Sandbox.Ip("link set lo up");
        try
        {
            body();
        }
        finally
        {
            foreach (var network in Directory.Exists("/run/lxcnetworking")
                ? Directory.GetDirectories("/run/lxcnetworking") : [])
            {
                if (File.Exists(network + "/dnsmasq.pid"))
                    Sandbox.TryExecute("kill", "-9", File.ReadAllText(network + "/dnsmasq.pid").Trim());
            }
        }
    });

    internal static void WaitForEnd(string process)
    {
        Assert.True(Sandbox.Eventually(() =>
        {
            try
            {
                return File.ReadAllText($"/proc/{process}/status").Contains("State:\tZ", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return true; // it is gone, perhaps while it was looked at
            }
        }));
    }

    internal static string Everything(bool withAddresses = false)
    {
        var links = string.Join(' ', Sandbox.IpJson("link show").EnumerateArray()
            .Select(link =>
                $"{link.GetProperty("ifname")} " +
                    $"{(link.TryGetProperty("master", out var master) ? master : string.Empty)}")
                    .Order(StringComparer.Ordinal));
        var addresses = withAddresses
            ? string.Join(' ', Sandbox.IpJson("address show").EnumerateArray()
                .Where(link => link.TryGetProperty("ifname", out _))
                .SelectMany(link => link.GetProperty("addr_info").EnumerateArray()
            .Where(address => address.GetProperty("scope").GetString() != "link")
            .Select(address =>
                $"{link.GetProperty("ifname")} {address.GetProperty("local")}/{address.GetProperty("prefixlen")}"))
            .Order(StringComparer.Ordinal)) : string.Empty;
        return string.Join('\n', links, addresses, Sandbox.Lasting("route show table all type unicast"),
            Sysctl("net/ipv4/ip_forward"), Sysctl("net/ipv6/conf/all/forwarding"),
            Sandbox.Execute("nft", "list", "ruleset"));
    }

    internal static string Sysctl(string name) => File.ReadAllText("/proc/sys/" + name).Trim();

    internal static NetworkException Refusal(Action action) => Assert.Throws<NetworkException>(action);
}
