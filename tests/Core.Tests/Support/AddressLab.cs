using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>A link for addresses, and what ip(8) says of them.</summary>
internal static class AddressLab
{
    internal static NetworkStack Here => Stacks.Pool.Get();

    internal static NetLink Veth(bool up = true)
    {
        var pair = Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("peer0") { Up = up }) { Up = up });
        return Here.Links.Get(pair.Index);
    }

    internal static AddressSpec Spec(string text) => new(new IPPrefix(text));

    internal static List<JsonElement> Seen(string device = "eth0", string scope = "global") =>
        [.. IpJson($"addr show dev {device} scope {scope}").EnumerateArray()
        .Where(link => link.TryGetProperty("addr_info", out _))
        .SelectMany(link => link.GetProperty("addr_info").EnumerateArray())
        .Where(item => item.TryGetProperty("local", out _))];

    internal static List<JsonElement> Routes(string arguments = "") =>
        [.. IpJson("route show " + arguments).EnumerateArray()];
}
