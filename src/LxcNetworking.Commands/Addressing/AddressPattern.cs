using System.Management.Automation;
using System.Net.Sockets;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>What a user wrote to pick addresses out: wildcards, an address, or an address with its prefix
/// length.</summary>
internal sealed class AddressPattern
{
    private readonly WildcardPattern? _wildcard;
    private readonly IPPrefix? _prefix;
    private readonly IPPrefix? _network;
    private readonly long _scope;

    /// <summary>Reads the text.</summary>
    /// <param name="text">Such as 10.0.3.*, 10.0.3.1, 10.0.3.1/24, fe80::1%2.</param>
    /// <param name="networks">A network (10.0.3.0/24) picks out all its addresses.</param>
    /// <param name="isAddress">It is one address, and no pattern or network.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public AddressPattern(string text, bool networks = false, bool isAddress = false)
    {
        Text = Netlink.KernelText.Printable(text);
        if (!isAddress && WildcardPattern.ContainsWildcardCharacters(text))
        {
            _wildcard = new WildcardPattern(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
            return;
        }

        if (!IPPrefix.TryParse(text, out _prefix, out var problem))
            throw new NetworkException(NetworkErrorCode.InvalidArgument, problem, Text);
        if (_prefix.AddressFamily == AddressFamily.InterNetworkV6 && _prefix.Address.ScopeId != 0)
        {
            _scope = _prefix.Address.ScopeId;
            var plain = new IPAddress(_prefix.Address.GetAddressBytes());
            _prefix = _prefix.HasLength ? new IPPrefix(plain, _prefix.Length) : new IPPrefix(plain);
        }

        if (networks && !isAddress && _prefix.HasLength && _prefix.Network.Address.Equals(_prefix.Address))
            _network = _prefix.Network;
    }

    /// <summary>The text, printable.</summary>
    public string Text { get; }

    /// <summary>True if its absence is an error.</summary>
    public bool IsLiteral => _wildcard is null && _network is null;

    /// <summary>Tells whether an address is picked out.</summary>
    /// <param name="address">The address.</param>
    /// <param name="interfaceIndex">The interface that it is on.</param>
    /// <param name="length">Its prefix length, if it has one.</param>
    public bool Matches(IPAddress address, int interfaceIndex, int? length = null)
        => (_scope == 0 || _scope == interfaceIndex) && (_wildcard is not null
        ? _wildcard.IsMatch(address.ToString()) || (length is not null && _wildcard.IsMatch($"{address}/{length}"))
        : _network is not null ? _network.Contains(address)
        : _prefix!.Address.Equals(address) && (length is null || !_prefix.HasLength || _prefix.Length == length));
}
