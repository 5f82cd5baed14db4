using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Chooses an address of each of a network's subnets for a container that brings none. The container's name says where
/// the search begins, so that it gets the same one again without a record of it. The kernel tells what is taken.
/// </summary>
/// <param name="name">The container's name.</param>
/// <param name="gateways">The bridge's own addresses in the subnets to choose from, at most one of a family.</param>
/// <param name="ways">The way out of each of them.</param>
/// <param name="taken">The addresses that others have.</param>
/// <param name="isEnding">Tells whether the container that has an address has ended: the same one, started anew, gets
/// it again.</param>
internal sealed class AddressChoice(
    string name,
    IReadOnlyList<IPPrefix> gateways,
    BridgeGateways ways,
    IEnumerable<IPAddress> taken,
    Func<IPAddress, bool> isEnding)
{
    private readonly HashSet<IPAddress> _taken = [.. taken, .. gateways.Select(gateway => gateway.Address)];

    /// <summary>Gives a container what is free, with the gateways that go with it.</summary>
    /// <exception cref="NetworkException">ResourceBusy: nothing is.</exception>
    public ContainerConnectionSpec Apply(ContainerConnectionSpec spec) => spec with
    {
        Addresses = [.. gateways.Select(gateway => new IPPrefix(Free(gateway), gateway.Length))],
        OfferedGateways = [.. gateways.Select(ways.Of)],
    };

    /// <summary>Chooses another one from now on.</summary>
    /// <param name="address">One that somebody has.</param>
    /// <returns>False if that was known.</returns>
    public bool Exclude(string? address) => IPAddress.TryParse(address, out var known) && _taken.Add(known);

    private IPAddress Free(IPPrefix gateway)
    {
        var network = gateway.Network.Address.GetAddressBytes();
        var isIPv4 = network.Length == 4;
        var size = UInt128.One << ((network.Length * 8) - gateway.Length);
        // The first one is the network's or every router's, the last one of IPv4 everybody's.
        var usable = size - (isIPv4 ? 2u : 1u);
        var first = BinaryPrimitives.ReadUInt64BigEndian(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\0{gateway.Network}"))) % usable;
        // One more than are taken, so that a free one is among them.
        var most = UInt128.Min(usable, (UInt128)_taken.Count + 1);
        for (var i = UInt128.Zero; i < most; i++)
        {
            var candidate = Add(network, UInt128.One + ((first + i) % usable));
            if (!_taken.Contains(candidate) || (i == 0 && isEnding(candidate) && _taken.Remove(candidate)))
                return candidate;
        }

        throw new NetworkException(
            NetworkErrorCode.ResourceBusy,
            $"Every address of {gateway.Network} is taken, so that '{name}' cannot have one.",
            gateway.Network.ToString())
        {
            Advice = [Advice.Give(nameof(ContainerConnectionSpec.NoAddress))],
        };
    }

    private static IPAddress Add(byte[] network, UInt128 count)
    {
        Span<byte> whole = stackalloc byte[16];
        whole.Clear();
        network.CopyTo(whole[^network.Length..]);
        BinaryPrimitives.WriteUInt128BigEndian(whole, BinaryPrimitives.ReadUInt128BigEndian(whole) + count);
        return new IPAddress(whole[^network.Length..]);
    }
}
