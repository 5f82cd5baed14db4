using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Segments;

/// <summary>
/// What the links that were made for a segment have as alias: the bridge, and what the links themselves do not tell. A
/// container's root can give its links any alias, so what is read is compared with what the kernel tells before it
/// counts.
/// </summary>
/// <param name="Bridge">The bridge.</param>
internal sealed partial record SegmentMark(string Bridge)
{
    /// <summary>What a link has as alias that stands for an L2TP tunnel until the tunnel has a link of its own,
    /// followed by the tunnel's id. No bridge has a colon in its name.</summary>
    public const string TunnelMark = Mark + "tunnel: ";

    private const string Mark = "NetSegment ";

    // IFALIASZ of linux/if.h, less the NUL.
    private const int MostBytes = 255;

    /// <summary>The key that L2TP's ids are made from; null for the usual one.</summary>
    public long? Key { get; init; }

    /// <summary>Whether somebody chose the MTU, and not the underlay.</summary>
    public bool HasMtu { get; init; }

    /// <summary>This host's address on the underlay, where its address inside WireGuard does not tell it.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>Where the private key was read from; null where nobody knows, or it does not fit.</summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>The mark of a segment's parts.</summary>
    public static SegmentMark Of(SegmentSpec spec)
    {
        var isL2tp = spec.Encapsulation is SegmentEncapsulation.L2tp or SegmentEncapsulation.L2tpIp;
        var mark = new SegmentMark(spec.Bridge)
        {
            Key = isL2tp ? spec.Key : null,
            HasMtu = spec.Mtu is not null,
            Local = spec.Encryption is null ? null : spec.Local,
        };
        var whole = mark with { PrivateKeyFile = spec.Encryption?.PrivateKeyFile };
        var alias = whole.ToString();
        return Read(KernelText.Printable(alias)) == whole && Encoding.UTF8.GetByteCount(alias) <= MostBytes
            ? whole : mark;
    }

    /// <summary>Reads an alias as the kernel gives it (<see cref="KernelText.Decode"/>).</summary>
    /// <returns>The bridge alone where the rest is not what this version writes; null for another alias.</returns>
    public static SegmentMark? Read(string? alias)
    {
        if (alias?.StartsWith(Mark, StringComparison.Ordinal) != true)
            return null;
        var rest = alias[Mark.Length..];
        var end = rest.IndexOf(' ', StringComparison.Ordinal);
        var bridge = end < 0 ? rest : rest[..end];
        if (bridge.Length == 0 || bridge.Contains(':', StringComparison.Ordinal))
            return null;
        var mark = new SegmentMark(bridge);
        var said = Details().Match(rest, bridge.Length, rest.Length - bridge.Length);
        if (!said.Success)
            return mark;
        uint number = 0;
        IPAddress? local = null;
        if ((said.Groups["key"] is { Success: true } key && !Digits.TryParse(key.Value, out number))
            || (said.Groups["local"] is { Success: true } text && !IPAddress.TryParse(text.Value, out local)))
            return mark;
        return mark with
        {
            Key = said.Groups["key"].Success ? number : null,
            HasMtu = said.Groups["mtu"].Success,
            Local = local,
            PrivateKeyFile = said.Groups["file"] is { Success: true } file ? file.Value : null,
        };
    }

    /// <summary>The id of the tunnel that a link stands for; null where it stands for none.</summary>
    public static uint? AnnouncedTunnel(NetLink link)
        => link.Alias?.StartsWith(TunnelMark, StringComparison.Ordinal) == true
            && Digits.TryParse(link.Alias.AsSpan(TunnelMark.Length), out uint tunnelId) ? tunnelId : null;

    /// <summary>The alias.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Mark).Append(Bridge);
        if (Key is { } key)
            text.Append(CultureInfo.InvariantCulture, $" key={key}");
        if (HasMtu)
            text.Append(" mtu");
        if (Local is not null)
            text.Append(CultureInfo.InvariantCulture, $" local={Local}");
        if (PrivateKeyFile is not null)
            text.Append(CultureInfo.InvariantCulture, $" file={PrivateKeyFile}");
        return text.ToString();
    }

    // A backslash in what the kernel gives stands for another character.
    [GeneratedRegex(
        @"\G(?: key=(?<key>\d+))?(?<mtu> mtu)?(?: local=(?<local>[0-9a-f.:]+))?(?: file=(?<file>/[^\\]*))?\z")]
    private static partial Regex Details();
}
