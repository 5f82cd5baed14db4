using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What tells an address from the others of its namespace: <c>eth0 10.0.3.1/24</c>, and with another end
/// <c>ppp0 10.0.3.1/32 peer 10.0.3.2</c>.</summary>
/// <param name="Link">The link's name.</param>
/// <param name="Prefix">The address with its prefix length.</param>
/// <param name="Peer">The other end's address; null for none.</param>
internal readonly record struct AddressName(string Link, IPPrefix Prefix, IPAddress? Peer = null)
{
    private const string PeerWord = " peer ";

    /// <summary>The address's key.</summary>
    public StateKey In(string inNamespace) => new(StateSubject.Address, inNamespace, ToString());

    /// <inheritdoc/>
    public override string ToString() => $"{Link} {Prefix}{(Peer is null ? string.Empty : PeerWord + Peer)}";

    /// <summary>The link that an address is on.</summary>
    public static StateKey LinkOf(StateKey address) => StateKey.Link(address.Namespace, Parse(address.Name).Link);

    /// <summary>Reads the text form.</summary>
    public static AddressName Parse(string text)
    {
        var words = text.Split(' ');
        return new(words[0], IPPrefix.Parse(words[1]), words.Length > 3 ? IPAddress.Parse(words[3]) : null);
    }
}

/// <summary>What tells a neighbour entry from the others of its namespace: <c>eth0 10.0.3.7</c>.</summary>
/// <param name="Link">The link's name.</param>
/// <param name="Address">The neighbour's address.</param>
internal readonly record struct NeighborName(string Link, IPAddress Address)
{
    /// <summary>The entry's key.</summary>
    public StateKey In(string inNamespace) => new(StateSubject.Neighbor, inNamespace, ToString());

    /// <inheritdoc/>
    public override string ToString() => $"{Link} {Address}";

    /// <summary>Reads the text form.</summary>
    public static NeighborName Parse(string text)
    {
        var words = text.Split(' ');
        return new(words[0], IPAddress.Parse(words[1]));
    }
}
