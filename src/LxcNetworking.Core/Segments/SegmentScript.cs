using System.Globalization;
using System.Text;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Segments;

/// <summary>Writes the command that makes another host's part of a segment.</summary>
internal static class SegmentScript
{
    /// <summary>Writes the command for one remote host: its address and ours change places.</summary>
    /// <param name="spec">Our part.</param>
    /// <param name="index">The remote host's place in the list.</param>
    /// <param name="publicKey">Our public key, for an encrypted segment.</param>
    public static string For(SegmentSpec spec, int index, WireGuardPublicKey? publicKey)
    {
        var remotes = spec.Remote.Select((address, i) => i == index ? spec.Local : address);
        var text = new StringBuilder($"Connect-NetSegment -Bridge {Quote(spec.Bridge)} -Local {spec.Remote[index]} -Remote {string.Join(',', remotes)} -Encapsulation {spec.Encapsulation}");
        void Add(string parameter, long? value)
        {
            if (value is not null)
                text.Append(CultureInfo.InvariantCulture, $" -{parameter} {value}");
        }

        Add("Key", spec.Key);
        Add("Port", spec.Port);
        Add("Mtu", spec.Mtu);
        if (spec.Encryption is not { } encryption || publicKey is null)
            return text.ToString();
        var keys = encryption.PeerPublicKey.Select((key, i) => Quote((i == index ? publicKey : key).ToString()));
        text.Append(CultureInfo.InvariantCulture, $" -WireGuard -PeerPublicKey {string.Join(',', keys)} -PrivateKeyFile {Quote(encryption.PrivateKeyFile ?? $"/etc/wireguard/{spec.Bridge}.key")}");
        if (encryption.ListenPort != SegmentEncryption.DefaultPort)
            Add("ListenPort", encryption.ListenPort);
        return text.ToString();
    }

    private static string Quote(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/') ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
