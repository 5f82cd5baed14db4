using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Lxc;

/// <summary>What kind of network LXC gives a container (lxc.container.conf(5), <c>lxc.net.[i].type</c>).</summary>
public enum LxcNetworkType
{
    /// <summary>A namespace of its own with loopback alone.</summary>
    Empty,

    /// <summary>A veth pair, whose outer end is a port of a bridge or is routed to.</summary>
    Veth,

    /// <summary>A macvlan link over a parent link.</summary>
    Macvlan,

    /// <summary>A VLAN link over a parent link.</summary>
    Vlan,

    /// <summary>An ipvlan link over a parent link.</summary>
    Ipvlan,

    /// <summary>A link of the host, moved in.</summary>
    Phys,

    /// <summary>The host's own network.</summary>
    None,
}

/// <summary>What LXC does with the outer end of a veth pair (<c>lxc.net.[i].veth.mode</c>).</summary>
public enum LxcVethMode
{
    /// <summary>It becomes a port of the bridge that the link names.</summary>
    Bridge,

    /// <summary>Routes to the container's addresses lead through it.</summary>
    Router,
}

/// <summary>One network of an LXC container as its configuration file has it.</summary>
public sealed class LxcNetworkConfig
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    internal LxcNetworkConfig(LxcNetworkEntries entries, string path, string? container)
    {
        (Index, IsLegacy, Path, Container) = (entries.Index, entries.IsLegacy, path, container);
        foreach (var entry in entries.Lines)
        {
            if (!_values.TryGetValue(entry.Subkey, out var values))
                _values.Add(entry.Subkey, values = []);
            if (!LxcConfigurationKeys.IsList(entry.Subkey))
                values.Clear();
            values.Add(KernelText.Printable(LxcConfigurationValues.Read(entry.Subkey, entry.Value)));
        }

        Type = EnumOf<LxcNetworkType>(LxcConfigurationKeys.Type) ?? LxcNetworkType.Empty;
        Link = Text("link");
        Name = Text("name");
        Up = Text("flags") is not null;
        MacAddress = Text("hwaddr");
        Mtu = Number("mtu");
        IPv4Address = [.. Prefixes("ipv4.address", AddressFamily.InterNetwork)];
        IPv4Gateway = Text("ipv4.gateway");
        IPv6Address = [.. Prefixes("ipv6.address", AddressFamily.InterNetworkV6)];
        IPv6Gateway = Text("ipv6.gateway");
        VethPair = Text("veth.pair");
        VethMode = EnumOf<LxcVethMode>("veth.mode");
        MacvlanMode = EnumOf<MacvlanMode>("macvlan.mode");
        IpvlanMode = EnumOf<IpvlanMode>("ipvlan.mode");
        IpvlanIsolation = EnumOf<IpvlanFlag>("ipvlan.isolation");
        VlanId = Number("vlan.id");
        ScriptUp = Text("script.up");
        ScriptDown = Text("script.down");
        OtherKeys = new(_values.Where(pair => !LxcConfigurationKeys.HasProperty(pair.Key))
            .ToDictionary(
                pair => KernelText.Printable(pair.Key),
                pair => (ValueList<string>)[.. pair.Value],
                StringComparer.Ordinal));
    }

    /// <summary>The number in <c>lxc.net.[i]</c>; for old keys, the one that it will have.</summary>
    public int Index { get; }

    /// <summary>The type; Empty where the file names none, as for LXC.</summary>
    public LxcNetworkType Type { get; }

    /// <summary>The bridge, parent or physical link outside.</summary>
    public string? Link { get; }

    /// <summary>The link's name inside.</summary>
    public string? Name { get; }

    /// <summary>True if LXC brings the link up.</summary>
    public bool Up { get; }

    /// <summary>The link's Ethernet address; LXC puts a random digit for each 'x'.</summary>
    public string? MacAddress { get; }

    /// <summary>The largest packet in bytes.</summary>
    public int? Mtu { get; }

    /// <summary>IPv4 addresses. Without a length in the file it is what LXC takes: on most processors 8, 16, 24 or 0 by
    /// the address's last byte.</summary>
    public ValueList<IPPrefix> IPv4Address { get; }

    /// <summary>An address, <c>auto</c> (the bridge's or parent's own address) or <c>dev</c> (a route through the link
    /// itself).</summary>
    public string? IPv4Gateway { get; }

    /// <summary>IPv6 addresses. Without a length in the file it is 64, as for LXC.</summary>
    public ValueList<IPPrefix> IPv6Address { get; }

    /// <summary>An address, <c>auto</c> or <c>dev</c>.</summary>
    public string? IPv6Gateway { get; }

    /// <summary>The name of a veth pair's outer end; null lets LXC choose.</summary>
    public string? VethPair { get; }

    /// <summary>What is done with a veth pair's outer end; null for LXC's default, Bridge.</summary>
    public LxcVethMode? VethMode { get; }

    /// <summary>A macvlan's mode; null for LXC's default, Private.</summary>
    public MacvlanMode? MacvlanMode { get; }

    /// <summary>An ipvlan's mode; null for LXC's default, L3.</summary>
    public IpvlanMode? IpvlanMode { get; }

    /// <summary>An ipvlan's isolation; null for LXC's default, Bridge.</summary>
    public IpvlanFlag? IpvlanIsolation { get; }

    /// <summary>A VLAN's number.</summary>
    public int? VlanId { get; }

    /// <summary>What LXC runs outside once the network is there.</summary>
    public string? ScriptUp { get; }

    /// <summary>What LXC runs outside before the network goes.</summary>
    public string? ScriptDown { get; }

    /// <summary>All other keys with their values, and those whose value could not be read, without
    /// <c>lxc.net.[i].</c>.</summary>
    public ValueMap<ValueList<string>> OtherKeys { get; }

    /// <summary>The configuration file.</summary>
    public string Path { get; }

    /// <summary>The container, if the file was found by its name.</summary>
    public string? Container { get; }

    /// <summary>True for the old <c>lxc.network.*</c> keys, which LXC refuses since 3.0.</summary>
    public bool IsLegacy { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path} lxc.net.{Index.ToString(CultureInfo.InvariantCulture)}";

    private string? Text(string key) => _values.TryGetValue(key, out var values) ? values[^1] : null;

    private T? EnumOf<T>(string key)
        where T : struct, Enum
        => Text(key) is { } text && LxcConfigurationKeys.Problem(key, text) is null
            && Enum.TryParse<T>(text, ignoreCase: true, out var value)
            ? value
            : null;

    private int? Number(string key)
        => Digits.TryParse(Text(key), out int number) ? number : null;

    private IPPrefix[] Prefixes(string key, AddressFamily family)
        => _values.TryGetValue(key, out var values)
            ? [.. values.Select(value => LxcConfigurationKeys.ReadAddress(value, family)).OfType<IPPrefix>()]
            : [];
}
