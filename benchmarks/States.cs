using System.Diagnostics;
using System.Globalization;
using System.Text;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.Benchmarks;

/// <summary>Documents of declared state, and the same work without one.</summary>
internal static class States
{
    /// <summary>Does the work and gives the seconds that it took; null where it is no work of these.</summary>
    public static double? Measure(NetworkStack stack, string work, int count)
    {
        // One round on something else, so that the JIT compiler is not what is measured.
        stack.State.Set(Document(Lab(1), "warm"));
        stack.State.Remove("warm");
        switch (work)
        {
            case "loop":
                Loop(stack, 1, "warm");
                stack.Links.Remove([stack.Links.Get("warm0")]);
                return Time(() => Loop(stack, count, "c"));
            case "apply":
                return Time(() => stack.State.Set(Document(Containers(count, "c"))));
            case "lab":
                return Time(() => stack.State.Set(Document(Lab(count))));
            case "lab-remove":
                stack.State.Set(Document(Lab(count)));
                return Time(() => stack.State.Remove("lab"));
            case "vlans":
                return Time(() => stack.State.Set(Document(Vlans(count))));
            case "unchanged":
                stack.State.Set(Document(Pairs(count / 2)));
                return Time(() => Expect(stack.State.Test(Document(Pairs(count / 2))).Count == 0, "it is otherwise"));
            default:
                return null;
        }
    }

    /// <summary>Writes the document of a lab for other programs.</summary>
    public static string Lab(int count)
    {
        // Namespaces in a line, each with two pairs to the next one.
        var text = new StringBuilder("namespaces: [");
        for (var i = 0; i <= count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}n{i}");
        text.AppendLine("]").AppendLine("links:");
        for (var i = 0; i < count; i++)
        {
            for (var k = 0; k < 2; k++)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"""
                    - name: r{k}
                      namespace: n{i}
                      kind: veth
                      addresses: 10.{k}.{i / 250}.{i % 250}/31
                      peer: {Peer($"name: l{k}, namespace: n{i + 1}, addresses: 10.{k + 2}.{i / 250}.{i % 250}/31")}
                    """);
            }
        }

        return text.ToString();
    }

    private static string Containers(int count, string prefix)
    {
        var text = new StringBuilder("namespaces: [");
        for (var i = 0; i < count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}{prefix}{i}");
        text.AppendLine("]").AppendLine("links:");
        for (var i = 0; i < count; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                - name: v{prefix}{i}
                  kind: veth
                  bridge: br0
                  peer: {Peer($"name: eth0, namespace: {prefix}{i}, addresses: {AddressOf(i)}, gateway: 10.9.255.1")}
                """);
        }

        return text.ToString();
    }

    private static string Pairs(int count)
        => "links:\n" + string.Concat(Enumerable.Range(0, count).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"- {Peer($"name: v{i}, kind: veth, peer: p{i}")}\n")));

    // A port of the uplink's VLAN in a bridge of its own, as nmstate's authors measured it.
    private static string Vlans(int count)
    {
        var text = new StringBuilder("links:\n");
        for (var i = 1; i <= count; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                - {Peer($"name: b{i}, kind: bridge")}
                - {Peer($"name: up0.{i}, kind: vlan, parent: up0, vlanId: {i}, bridge: b{i}")}
                """);
        }

        return text.ToString();
    }

    private static string Peer(string properties) => $"{{{properties}}}";

    private static void Loop(NetworkStack stack, int count, string prefix)
    {
        for (var i = 0; i < count; i++)
        {
            var inside = new NamespaceReference(stack.Pool.Namespaces.Create($"{prefix}{i}").Name!);
            var pair = stack.Links.CreateVeth(
                new VethSpec($"{(prefix == "c" ? "v" : prefix)}{i}", new VethPeerSpec("eth0")
                {
                    TargetNamespace = inside,
                    Up = true,
                })
                { Master = "br0", Up = true });
            stack.Pool.Get(inside).Addresses.Create(
                pair.Peer, [new AddressSpec(AddressOf(i))], [IPAddress.Parse("10.9.255.1")]);
        }
    }

    private static StateDocument Document(string yaml, string name = "lab")
    {
        var path = $"/run/{name}.yaml";
        File.WriteAllText(path, $"name: {name}\n{yaml}");
        return StateDocument.Load(path);
    }

    private static double Time(Action act)
    {
        var clock = Stopwatch.StartNew();
        act();
        return clock.Elapsed.TotalSeconds;
    }

    private static void Expect(bool isSo, string problem)
    {
        if (!isSo)
            throw new InvalidOperationException(problem);
    }

    private static IPPrefix AddressOf(int i)
        => new(string.Create(CultureInfo.InvariantCulture, $"10.9.{i / 250}.{i % 250 + 2}/16"));
}
