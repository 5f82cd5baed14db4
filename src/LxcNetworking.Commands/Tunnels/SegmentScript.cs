using System.Globalization;
using System.Text;
using LxcNetworking.Commands.Common;
using LxcNetworking.Segments;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Writes the commands that make the other hosts' parts of a segment.</summary>
public static class SegmentScript
{
    /// <summary>For each remote host the command that makes its part.</summary>
    /// <param name="segment">Our part.</param>
    /// <returns>The commands, in the order of the remote addresses; none where not all is known that they
    /// take.</returns>
    public static ValueList<string> Of(NetSegment segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        return !segment.IsWhole ? []
            : [.. segment.Remote.Select((_, index) => For(segment.CounterpartOf(index)))];
    }

    /// <summary>The command that makes another host's part.</summary>
    /// <param name="counterpart">What it is made from.</param>
    /// <returns>The command.</returns>
    public static string For(SegmentCounterpart counterpart)
    {
        ArgumentNullException.ThrowIfNull(counterpart);
        var spec = counterpart.Spec;
        var text = new StringBuilder(
            $"Connect-NetSegment -Bridge {Argument.Quote(spec.Bridge)} -Local {spec.Local} -Remote "
                + $"{string.Join(',', spec.Remote)} -Encapsulation {spec.Encapsulation}");
        void Add(string parameter, long? value)
        {
            if (value is not null)
                text.Append(CultureInfo.InvariantCulture, $" -{parameter} {value}");
        }

        Add("Key", spec.Key);
        Add("Port", spec.Port);
        Add("Mtu", spec.Mtu);
        if (counterpart.PeerPublicKey is not { } keys)
            return text.ToString();
        var file = counterpart.PrivateKeyFile ?? $"/etc/wireguard/{spec.Bridge}.key";
        text.Append(
            CultureInfo.InvariantCulture,
            $" -WireGuard -PeerPublicKey {string.Join(',', keys.Select(key => Argument.Quote(key.ToString())))} "
                + $"-PrivateKeyFile {Argument.Quote(file)}");
        if (counterpart.ListenPort != SegmentEncryption.DefaultPort)
            Add("ListenPort", counterpart.ListenPort);
        return text.ToString();
    }
}
