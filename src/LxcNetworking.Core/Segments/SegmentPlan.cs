using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Segments;

/// <summary>What all hosts of a segment work out alike, each on its own: L2TP's ids and ports, and the addresses inside
/// WireGuard.</summary>
internal static class SegmentPlan
{
    /// <summary>What the ids of tunnels are made for.</summary>
    public const string TunnelId = "tunnel";

    /// <summary>The length of a host's own prefix inside WireGuard.</summary>
    public const int InnerLength = 128;

    /// <summary>The id that one host gives its tunnel (or session) to another one.</summary>
    public static uint Id(string what, long key, IPAddress owner, IPAddress other)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes($"{what} {key} {owner} {other}"));
        // 0 is no id; with the top bit clear it also reads well as a signed number.
        return Math.Max(BinaryPrimitives.ReadUInt32BigEndian(hash) & int.MaxValue, 1);
    }

    /// <summary>The UDP port of the tunnel between two hosts, the same at both ends. A host cannot use one port for two
    /// of its tunnels.</summary>
    public static int PairPort(int port, IPAddress local, IPAddress remote, IReadOnlyList<IPAddress> remotes)
    {
        if (remotes.Count == 1)
            return port;
        var hosts = remotes.Append(local).Select(address => Convert.ToHexString(address.GetAddressBytes()))
            .Order(StringComparer.Ordinal).ToList();
        int Rank(IPAddress address) => hosts.IndexOf(Convert.ToHexString(address.GetAddressBytes()));
        var (low, high) = (Math.Min(Rank(local), Rank(remote)), Math.Max(Rank(local), Rank(remote)));
        return port + low * hosts.Count + high - 1;
    }

    /// <summary>A host's address inside WireGuard: in a unique local /64 (RFC 4193) that the segment's key
    /// decides.</summary>
    public static IPAddress InnerAddress(long key, IPAddress underlay)
    {
        var bytes = new byte[16];
        SHA256.HashData(Encoding.ASCII.GetBytes($"segment {key}")).AsSpan(0, 8).CopyTo(bytes);
        bytes[0] = 0xfd;
        var own = underlay.GetAddressBytes();
        if (underlay.AddressFamily == AddressFamily.InterNetwork)
            own.CopyTo(bytes, 12);
        else
            SHA256.HashData(own).AsSpan(0, 8).CopyTo(bytes.AsSpan(8));
        return new IPAddress(bytes);
    }

    /// <summary>The address that a host's address inside WireGuard was made from: the known one, or the IPv4 address in
    /// it.</summary>
    /// <param name="key">The segment's key.</param>
    /// <param name="inner">The address inside.</param>
    /// <param name="known">What the other one may be.</param>
    /// <returns>Null where it was made from neither.</returns>
    public static IPAddress? OuterAddress(long key, IPAddress inner, IPAddress? known)
    {
        if (inner.AddressFamily != AddressFamily.InterNetworkV6)
            return null;
        IPAddress?[] candidates = [known, new IPAddress(inner.GetAddressBytes().AsSpan(12))];
        return candidates.FirstOrDefault(
            candidate => candidate is not null && InnerAddress(key, candidate).Equals(inner));
    }

    /// <summary>A name that no link has: the prefix, a number, and as much of the bridge's name as fits.</summary>
    public static string FreeName(NetworkStack stack, string prefix, string bridge)
    {
        for (var number = 0; ; number++)
        {
            var name = Fitting($"{prefix}{number}-{bridge}");
            if (stack.Links.Find(name) is null)
                return name;
        }
    }

    /// <summary>Whether a link's name is one that <see cref="FreeName"/> gives for a bridge.</summary>
    public static bool IsName(string name, string bridge)
        => name.IndexOf('-', StringComparison.Ordinal) is var at and > 0 && Fitting(name[..(at + 1)] + bridge) == name;

    private static string Fitting(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) > LinkSpec.MaxNameBytes || char.IsHighSurrogate(name[^1]))
            name = name[..^1];
        return name;
    }
}
