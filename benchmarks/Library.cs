using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;
using LxcNetworking.Addressing;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Benchmarks;

/// <summary>This library's side of the benchmark, in the namespaces that the process was started in.</summary>
internal static class Library
{
    private static readonly IPAddress s_gateway = IPAddress.Parse("10.9.255.1");

    /// <summary>Does the work and gives the seconds that it took.</summary>
    public static double Measure(string work, int count)
    {
        using var pool = new NetworkStackPool();
        var stack = pool.Get();
        // One round on something else, so that the JIT compiler is not what is measured.
        stack.Links.CreateVeth(new VethSpec("warm0", new VethPeerSpec("warm1")));
        stack.Links.Remove([stack.Links.Get("warm0")]);
        if (States.Measure(stack, work, count) is { } seconds)
            return seconds;
        if (work == "attach")
            Attach(stack, count);
        else if (work.StartsWith("connect", StringComparison.Ordinal))
            Connect(stack, count, work);
        else if (work == "moved")
            return Moved(stack, count);
        var clock = Stopwatch.StartNew();
        switch (work)
        {
            case "attach":
                for (var i = 0; i < count; i++)
                    Attach(stack, i);
                break;
            case "connect" or "connect-unchecked":
                for (var i = 0; i < count; i++)
                    Connect(stack, i, work);
                break;
            case "create":
                for (var i = 0; i < count; i++)
                    stack.Links.CreateVeth(new VethSpec($"v{i}", new VethPeerSpec($"p{i}")));
                break;
            case "remove":
                var failures = stack.Links.Remove([.. stack.Links.List().Where(link => link.Name.StartsWith('v'))]);
                if (failures.Count > 0)
                    throw failures[0].Error;
                break;
            case "list":
                if (stack.Links.List().Count < count)
                    throw new InvalidOperationException("links are missing");
                break;
            default:
                throw new ArgumentException($"no such work: {work}");
        }

        return clock.Elapsed.TotalSeconds;
    }

    private static void Attach(NetworkStack stack, int i)
    {
        var inside = new NamespaceReference($"c{i}");
        var pair = stack.Links.CreateVeth(
            new VethSpec($"v{i}", new VethPeerSpec("eth0") { TargetNamespace = inside, Up = true })
            { Master = "br0", Up = true });
        stack.Pool.Get(inside).Addresses.Create(pair.Peer, [new AddressSpec(AddressOf(i))], [s_gateway]);
    }

    private static ContainerConnection Connect(NetworkStack stack, int i, string work, IPPrefix? address = null)
        => stack.Containers.Connect(
            new ContainerReference($"c{i}"),
            new ContainerConnectionSpec
            {
                Bridge = "br0",
                Addresses = [address ?? AddressOf(i)],
                Gateways = [s_gateway],
                AddressCheck = work == "connect-unchecked" ? AddressCheck.None : null,
            });

    /// <summary>Gives one address to one container after the other, and tells how long it takes on average from the
    /// command until a neighbour, who knows the container before, has an answer.</summary>
    private static double Moved(NetworkStack stack, int count)
    {
        Connect(stack, 0, "moved");
        using var neighbour = File.OpenHandle("/run/netns/c0");
        var seconds = 0.0;
        for (var i = 1; i <= count; i++)
        {
            var clock = Stopwatch.StartNew();
            var made = Connect(stack, i, "moved", AddressOf(count + 1));
            NamespaceExecutor.Run(neighbour, () => AwaitAnswer(AddressOf(count + 1).Address));
            // The first one is no move.
            if (i > 1)
                seconds += clock.Elapsed.TotalSeconds;
            stack.Containers.Disconnect([stack.Pool.Get(made.Namespace).Links.Get(made.InterfaceIndex)]);
        }

        return seconds / (count - 1);
    }

    private static bool AwaitAnswer(IPAddress address)
    {
        using var ping = new Ping();
        while (ping.Send(address, 10).Status != IPStatus.Success)
        {
        }

        return true;
    }

    private static IPPrefix AddressOf(int i) =>
        new(string.Create(CultureInfo.InvariantCulture, $"10.9.{i / 250}.{i % 250 + 2}/16"));
}
