using System.Globalization;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Lxc;

/// <summary>A key that can be taken out of a network.</summary>
public enum LxcNetworkKey
{
    /// <summary>link.</summary>
    Link,

    /// <summary>name.</summary>
    Name,

    /// <summary>hwaddr.</summary>
    MacAddress,

    /// <summary>mtu.</summary>
    Mtu,

    /// <summary>ipv4.address.</summary>
    IPv4Address,

    /// <summary>ipv4.gateway.</summary>
    IPv4Gateway,

    /// <summary>ipv6.address.</summary>
    IPv6Address,

    /// <summary>ipv6.gateway.</summary>
    IPv6Gateway,

    /// <summary>veth.pair.</summary>
    VethPair,

    /// <summary>veth.mode.</summary>
    VethMode,

    /// <summary>macvlan.mode.</summary>
    MacvlanMode,

    /// <summary>ipvlan.mode.</summary>
    IpvlanMode,

    /// <summary>ipvlan.isolation.</summary>
    IpvlanIsolation,

    /// <summary>vlan.id.</summary>
    VlanId,

    /// <summary>script.up.</summary>
    ScriptUp,

    /// <summary>script.down.</summary>
    ScriptDown,
}

/// <summary>What to write into a network's keys. A key that is not named stays; one without a value is taken
/// out.</summary>
public sealed class LxcNetworkSettings
{
    /// <summary>The keys without <c>lxc.net.[i].</c>, in the order in which they are written.</summary>
    internal SortedDictionary<string, string[]> Values { get; }
        = new(Comparer<string>.Create((left, right) => Place(left).CompareTo(Place(right))));

    /// <summary>The type.</summary>
    public LxcNetworkType? Type { set => Put(LxcConfigurationKeys.Type, Word(value)); }

    /// <summary>The bridge, parent or physical link outside.</summary>
    public string? Link { set => Put("link", value); }

    /// <summary>The link's name inside.</summary>
    public string? Name { set => Put("name", value); }

    /// <summary>Has LXC bring the link up.</summary>
    public bool? Up { set => Put("flags", value == true ? "up" : null); }

    /// <summary>The Ethernet address; 'x' for a random digit.</summary>
    public string? MacAddress { set => Put("hwaddr", value); }

    /// <summary>The largest packet in bytes.</summary>
    public int? Mtu { set => Put("mtu", Digits(value)); }

    /// <summary>IPv4 addresses with their lengths.</summary>
    public IReadOnlyList<IPPrefix>? IPv4Address { set => Put("ipv4.address", Texts(value)); }

    /// <summary>An address, <c>auto</c> or <c>dev</c>.</summary>
    public string? IPv4Gateway { set => Put("ipv4.gateway", value); }

    /// <summary>IPv6 addresses with their lengths.</summary>
    public IReadOnlyList<IPPrefix>? IPv6Address { set => Put("ipv6.address", Texts(value)); }

    /// <summary>An address, <c>auto</c> or <c>dev</c>.</summary>
    public string? IPv6Gateway { set => Put("ipv6.gateway", value); }

    /// <summary>The name of a veth pair's outer end.</summary>
    public string? VethPair { set => Put("veth.pair", value); }

    /// <summary>What is done with a veth pair's outer end.</summary>
    public LxcVethMode? VethMode { set => Put("veth.mode", Word(value)); }

    /// <summary>A macvlan's mode.</summary>
    public MacvlanMode? MacvlanMode { set => Put("macvlan.mode", Word(value)); }

    /// <summary>An ipvlan's mode.</summary>
    public IpvlanMode? IpvlanMode { set => Put("ipvlan.mode", Word(value)); }

    /// <summary>An ipvlan's isolation.</summary>
    public IpvlanFlag? IpvlanIsolation { set => Put("ipvlan.isolation", Word(value)); }

    /// <summary>A VLAN's number.</summary>
    public int? VlanId { set => Put("vlan.id", Digits(value)); }

    /// <summary>What LXC runs outside once the network is there.</summary>
    public string? ScriptUp { set => Put("script.up", value); }

    /// <summary>What LXC runs outside before the network goes.</summary>
    public string? ScriptDown { set => Put("script.down", value); }

    /// <summary>Is anything to be changed?</summary>
    public bool IsEmpty => Values.Count == 0;

    /// <summary>Any key by LXC's own name.</summary>
    /// <param name="key">Without <c>lxc.net.[i].</c>, such as <c>veth.ipv4.route</c>.</param>
    /// <param name="values">Its values; none takes it out.</param>
    /// <exception cref="NetworkException">InvalidArgument: LXC has no such key.</exception>
    public void Put(string key, params IReadOnlyList<string?> values)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!LxcConfigurationKeys.IsKnown(key))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"LXC has no key 'lxc.net.[i].{KernelText.Printable(key)}'. It has: "
                    + $"{string.Join(", ", LxcConfigurationKeys.Ordered)}.", key);
        }

        Values[key] = [.. (values ?? []).Where(value => !string.IsNullOrEmpty(value)).Select(value => value!)];
        if (Values[key].Length > 1 && !LxcConfigurationKeys.IsList(key))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"'lxc.net.[i].{key}' takes one value alone.", key);
    }

    /// <summary>Takes a key out.</summary>
    /// <param name="key">The key.</param>
    public void Clear(LxcNetworkKey key) => Put(LxcConfigurationKeys.NameOf(key));

    /// <summary>Checks the keys of a network that is to be added.</summary>
    internal void CheckNew()
    {
        if (!Has(LxcConfigurationKeys.Type))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "A network needs a type: empty, veth, macvlan, vlan, ipvlan, phys or none.");
        var type = Values[LxcConfigurationKeys.Type][0];
        CheckChange(type);
        if (type is "macvlan" or "vlan" or "ipvlan" or "phys" && !Has("link"))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"A network of type {type} needs a link of the host.")
            {
                Advice = [Advice.Give("Link")],
            };
        if (type == "vlan" && !Has("vlan.id"))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "A network of type vlan needs a number from 1 to 4094.")
            {
                Advice = [Advice.Give("VlanId")],
            };
    }

    /// <summary>Checks the keys against the type that the network has or gets.</summary>
    internal void CheckChange(string type)
    {
        if (Values.TryGetValue(LxcConfigurationKeys.Type, out var types) && types.Length == 0)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "A network's type cannot be taken out.")
            {
                Advice = [Advice.To(AdviceKind.Remove, AdviceThing.LxcNetwork)],
            };
        foreach (var (key, values) in Values)
        {
            foreach (var value in values)
            {
                if (LxcConfigurationKeys.Problem(key, value) is { } problem)
                {
                    throw new NetworkException(
                        key is "link" or "name" or "veth.pair"
                            ? NetworkErrorCode.InvalidName
                            : NetworkErrorCode.InvalidArgument,
                        $"'{KernelText.Printable(value)}' cannot be written to lxc.net.[i].{key}: it is {problem}.",
                        value);
                }
            }

            if (values.Length > 0)
                CheckType(key, values[0], type);
        }
    }

    private static void CheckType(string key, string value, string type)
    {
        if (LxcConfigurationKeys.TypeOf(key) is { } only
            && !string.Equals(only.ToString(), type, StringComparison.OrdinalIgnoreCase))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"lxc.net.[i].{key} is for networks of type {only.ToString().ToLowerInvariant()} alone, and this one's "
                    + $"type is {type}.",
                value);
        if (type is "none" or "empty"
            && key is not (LxcConfigurationKeys.Type or "flags" or "script.up" or "script.down"))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"A network of type {type} has no link of its own that lxc.net.[i].{key} could be about.",
                value);
        if (value == "auto" && key is "ipv4.gateway" or "ipv6.gateway" && type is not ("veth" or "macvlan" or "ipvlan"))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"LXC finds a gateway by itself for veth, macvlan and ipvlan alone, and this network's type is {type}. "
                    + "Name the gateway's address.",
                value);
    }

    private static int Place(string key) => Array.IndexOf(LxcConfigurationKeys.Ordered, key);

    private static string? Word<T>(T? value)
        where T : struct, Enum
        => value?.ToString().ToLowerInvariant();

    private static string? Digits(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    // Without a length LXC would take the address's class, or /64.
    private static string[] Texts(IReadOnlyList<IPPrefix>? values)
        => values is null ? [] : [.. values.Select(value => value.HasLength ? value.ToString()
        : throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"{value.Address} needs its prefix length: write it as {value.Address}/{(value.Length == 32 ? 24 : 64)}.",
            value.ToString()))];

    private bool Has(string key) => Values.TryGetValue(key, out var values) && values.Length > 0;
}
