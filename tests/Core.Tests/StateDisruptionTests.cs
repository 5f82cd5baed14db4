using System.Net;
using System.Net.Sockets;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The connections that end with what a plan takes away, with ss(8) as the independent eye.</summary>
[Trait("Kernel", "none")]
public class StateDisruptionTests
{
    private const int Port = 5432;

    // Nobody waits for the kernel to find that nobody else has them.
    private const string Here6 = "{ipAddress: 'fd01::1/64', skipDuplicateAddressDetection: true}";
    private const string There6 = "{ipAddress: 'fd01::2/64', skipDuplicateAddressDetection: true}";
    private const string Bridge = $"  - {{name: b0, kind: bridge, addresses: [10.1.0.1/24, {Here6}]}}\n";

    private const string Text = $"""
        name: lab
        namespaces: [db]
        links:
        {Bridge}  - name: va
            kind: veth
            bridge: b0
            peer:
              name: eth0
              namespace: db
              up: true
              addresses: [10.1.0.2/24, {There6}]
        """;

    private static StateOperations State => Stacks.Pool.Get().State;

    [Fact]
    public void Connections_that_end_are_counted() => Run(() =>
    {
        State.Set(StateTests.Read(Text));
        using var listener = Socket("db", AddressFamily.InterNetworkV6);
        listener.DualMode = true;
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, Port));
        listener.Listen();
        var clients = new[] { "10.1.0.2", "10.1.0.2", "fd01::2" }.Select(Connect).ToList();
        try
        {
            // Those of a namespace with itself do not end with a link that leads out of it.
            clients.Add(Socket("db", AddressFamily.InterNetwork));
            Ip("-n db link set lo up");
            clients[^1].Connect(IPAddress.Loopback, Port);
            Assert.Equal(5, Execute("ip", "netns", "exec", "db", "ss", "-Htn", "state", "established").Split('\n')
                .Count(line => line.Length > 0));

            Assert.Equal(["3 connections of db", "all traffic over it"], Disrupts(
                Text.Replace("up: true", "up: false", StringComparison.Ordinal), "link eth0"));
            Assert.Equal(["2 connections of db"], Disrupts(
                Text.Replace("10.1.0.2/24, ", string.Empty, StringComparison.Ordinal), "address eth0 10.1.0.2/24"));
            Assert.Equal(["1 connection of db"], Disrupts(
                Text.Replace($", {There6}", string.Empty, StringComparison.Ordinal),
                "address eth0 fd01::2/64"));
            var without = Text.Replace("bridge: b0", "mtu: 1500", StringComparison.Ordinal)
                .Replace(Bridge, string.Empty, StringComparison.Ordinal);
            Assert.Equal(["3 connections of db", "link va as a port"], Disrupts(without, "link b0"));
            // This end of them.
            Assert.Equal(["2 connections"], Disrupts(without, "address b0 10.1.0.1/24"));
            Assert.Equal("1 connection of db", State.TestRemoval("lab").Single(
                difference => difference.Target == "address eth0 fd01::2/64").Disrupts[0]);
            Assert.Empty(State.Test(StateTests.Read(Text)));
            Assert.All(clients, client => Assert.True(client.Connected));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    });

    [Fact]
    public void Only_namespaces_in_which_something_goes_are_asked()
    {
        var lab = new StateLab();
        var asked = new List<string>();
        lab.Machine.Counter = name =>
        {
            asked.Add(name);
            return new() { [Values.IPAddress.Parse("10.0.0.2")] = 12 };
        };
        const string Two = """
            namespaces: [web, db]
            links:
            - {name: d0, kind: dummy, namespace: web, addresses: [10.0.0.2/24]}
            - {name: d0, kind: dummy, namespace: db, addresses: [10.0.0.2/24]}
            """;
        lab.Set(Two);
        Assert.Empty(asked);
        var left = lab.Application.Test(
            StateLab.Read(Two.Replace("web, addresses: [10.0.0.2/24]", "web, addresses: []",
                StringComparison.Ordinal)), new(), CancellationToken.None);
        Assert.Equal(["12 connections of web"], Assert.Single(left).Disrupts);
        Assert.Equal(["web"], asked);
    }

    private static string[] Disrupts(string text, string target)
        => [.. State.Test(StateTests.Read(text)).Single(difference => difference.Target == target).Disrupts];

    private static Socket Connect(string address)
    {
        var there = IPAddress.Parse(address);
        var client = new Socket(there.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(there, Port);
        return client;
    }

    private static Socket Socket(string name, AddressFamily family)
    {
        using var scope = NamespaceScope.Enter(Stacks.Pool, new(name));
        return new Socket(family, SocketType.Stream, ProtocolType.Tcp);
    }
}
