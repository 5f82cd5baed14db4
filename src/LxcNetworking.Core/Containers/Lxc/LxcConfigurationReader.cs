using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Lxc;

/// <summary>One network's lines that count: those that a later line takes back are gone.</summary>
internal sealed class LxcNetworkEntries(int index, bool isLegacy)
{
    public int Index { get; } = index;

    public bool IsLegacy { get; } = isLegacy;

    public List<(string Subkey, string Value, LxcConfigurationLine Line)> Lines { get; } = [];

    public string TypeText => Lines.LastOrDefault(item => item.Subkey == LxcConfigurationKeys.Type).Value ?? "empty";
}

/// <summary>
/// Goes through a file's lines as liblxc does: the same key again replaces a value or adds to a list, an empty value
/// takes back, a type begins a network anew. Old keys belong to the network that the last <c>lxc.network.type</c>
/// began, or to the one whose number they name.
/// </summary>
internal sealed class LxcConfigurationReader
{
    private const string New = "lxc.net", Old = "lxc.network";

    private readonly List<LxcNetworkEntries> _networks = [];
    private readonly List<LxcNetworkEntries> _oldNetworks = [];
    private readonly HashSet<int> _taken = [];
    private int _next;

    public LxcConfigurationReader(IReadOnlyList<LxcConfigurationLine> lines)
    {
        foreach (var line in lines)
        {
            if (line.Key is { } key && !IsOld(key) && IndexOf(key, New) is { } index)
                _taken.Add(index);
        }

        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (line.Key is not { } key)
                continue;
            var problem = line.Problem
                ?? (IsOld(key) ? ReadOld(line, key, line.Value!) : ReadNew(line, key, line.Value!));
            if (problem is not null)
                Problems.Add((line, $"line {i + 1}: '{Netlink.KernelText.Printable(key)}': {problem}"));
        }
    }

    /// <summary>All networks, by their number.</summary>
    public IEnumerable<LxcNetworkEntries> Networks => _networks.Concat(_oldNetworks).OrderBy(network => network.Index);

    /// <summary>What LXC would refuse.</summary>
    public List<(LxcConfigurationLine Line, string Text)> Problems { get; } = [];

    /// <summary>What each old line would be called.</summary>
    public Dictionary<LxcConfigurationLine, string> NewNames { get; } = [];

    /// <summary>
    /// Old lines that never meant anything: LXC to 2.0 left loopback alone in an empty network, whatever else stood
    /// there, where LXC 5 tries to give it the address and fails to start.
    /// </summary>
    public HashSet<LxcConfigurationLine> Void { get; } = [];

    /// <summary>Is it an old key?</summary>
    public static bool IsOld(string key) => key == Old || key.StartsWith(Old + ".", StringComparison.Ordinal);

    /// <summary>The network's number in a new key; null for <c>lxc.net</c> itself.</summary>
    public static int? IndexOf(string key) => IsOld(key) ? null : IndexOf(key, New);

    private static int? IndexOf(string key, string start)
        => key.Length > start.Length
            && Digits.TryParse(key.AsSpan(start.Length + 1).ToString().Split('.')[0], out int index)
            && index < int.MaxValue
            ? index
            : null;

    private static string? SubkeyOf(string key, string start)
        => key.IndexOf('.', start.Length + 1) is var dot and > 0 ? key[(dot + 1)..] : null;

    private string? ReadNew(LxcConfigurationLine line, string key, string value)
    {
        if (key == New)
        {
            _networks.Clear();
            return value.Length == 0 ? null : "it takes no value";
        }

        if (IndexOf(key, New) is not { } index)
            return "there is no number of a network after 'lxc.net.'";
        var network = _networks.Find(item => item.Index == index);
        if (SubkeyOf(key, New) is not { } subkey)
        {
            if (value.Length != 0)
                return "it takes no value";
            _networks.RemoveAll(item => item.Index == index);
            return null;
        }

        if (network is null)
        {
            if (value.Length == 0)
                return "it takes back what was never set";
            _networks.Add(network = new LxcNetworkEntries(index, isLegacy: false));
        }

        return Put(network, subkey, value, line)
            ?? (subkey == "hwaddr" && value.Length > 0
                && network.TypeText == "empty"
                    ? "LXC fails to give it to loopback, which is all that an empty network has"
                    : null);
    }

    private string? ReadOld(LxcConfigurationLine line, string key, string value)
    {
        // An empty type meant the same as an empty lxc.network.
        if (key == Old || (key == Old + ".type" && value.Length == 0))
        {
            _oldNetworks.Clear();
            NewNames[line] = New;
            return value.Length == 0 ? null : "it takes no value";
        }

        var number = IndexOf(key, Old);
        var subkey = number is null ? key[(Old.Length + 1)..] : SubkeyOf(key, Old);
        if (subkey is not null && LxcConfigurationKeys.Renamed(subkey) is null)
            return "LXC never had such a key";
        if (subkey == LxcConfigurationKeys.Type && (number is null || number == _oldNetworks.Count))
        {
            while (!_taken.Add(_next))
                _next++;
            _oldNetworks.Add(new LxcNetworkEntries(_next, isLegacy: true));
        }

        var position = number ?? _oldNetworks.Count - 1;
        if (position < 0 || position >= _oldNetworks.Count)
            return number is null
                ? "no 'lxc.network.type' stands before it"
                : $"there is no network {position} before it";
        var network = _oldNetworks[position];
        var name = $"{New}.{network.Index.ToString(CultureInfo.InvariantCulture)}";
        if (subkey is null)
        {
            NewNames[line] = name;
            _oldNetworks.RemoveAt(position);
            return value.Length == 0 ? null : "it takes no value";
        }

        subkey = LxcConfigurationKeys.Renamed(subkey)!;
        NewNames[line] = $"{name}.{subkey}";
        if (network.TypeText == "empty"
            && subkey is not (LxcConfigurationKeys.Type or "flags" or "script.up" or "script.down"))
            Void.Add(line);
        return Put(network, subkey, value, line);
    }

    private static string? Put(LxcNetworkEntries network, string subkey, string value, LxcConfigurationLine line)
    {
        if (subkey == LxcConfigurationKeys.Type)
            network.Lines.Clear();
        if (value.Length == 0)
            network.Lines.RemoveAll(item => item.Subkey == subkey);
        else
            network.Lines.Add((subkey, value, line));
        if (!LxcConfigurationKeys.IsKnown(subkey))
            return "LXC has no such key";
        if (LxcConfigurationKeys.TypeOf(subkey) is { } only
            && !string.Equals(only.ToString(), network.TypeText, StringComparison.OrdinalIgnoreCase))
            return $"it is for type {only.ToString().ToLowerInvariant()} alone, and the network's is "
                + $"{Netlink.KernelText.Printable(network.TypeText)}";
        return value.Length > 0
            && LxcConfigurationKeys.Problem(subkey, LxcConfigurationValues.Read(subkey, value)) is { } problem
            ? $"'{Netlink.KernelText.Printable(value)}' is {problem}"
            : null;
    }
}
