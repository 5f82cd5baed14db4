using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Short words for the tables of others' cases.</summary>
internal static class OtherValues
{
    public static IPAddress A(string text) => IPAddress.Parse(text);

    public static MacAddress Mac(string text) => MacAddress.Parse(text);

    public static int Index(string link) => Stacks.Pool.Get().Links.Get(link).Index;

    public static TimeSpan Seconds(double count) => TimeSpan.FromSeconds(count);

    /// <summary>A pair; the far end's name has a p behind it.</summary>
    public static VethSpec Veth(string name, Action<VethSpec>? more = null, Action<VethPeerSpec>? ofPeer = null)
    {
        var peer = new VethPeerSpec(name + "p");
        ofPeer?.Invoke(peer);
        var spec = new VethSpec(name, peer);
        more?.Invoke(spec);
        return spec;
    }

    public static LinkSpec Dummy(string name, Action<LinkSpec>? more = null)
    {
        var spec = new LinkSpec(name, new DummySettings());
        more?.Invoke(spec);
        return spec;
    }

    /// <summary>A route by gateways, or by links where a hop begins with @.</summary>
    public static RouteSpec To(string destination, params string[] hops)
        => new(new IPPrefix(destination)) { NextHops = [.. hops.Select(Hop)] };

    /// <summary>A hop: a gateway, a gateway@link, or @link.</summary>
    public static RouteHopSpec Hop(string text)
    {
        var parts = text.Split('@');
        return new(parts[0].Length == 0 ? null : A(parts[0]), parts.Length == 1 ? 0 : Index(parts[1]));
    }

    public static RuleSpec Rule(int priority, int table, IPFamily family = IPFamily.IPv4)
        => new(family) { Priority = priority, Table = new RouteTable(table) };
}
