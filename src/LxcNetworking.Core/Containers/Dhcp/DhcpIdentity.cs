using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>Who a client is for servers.</summary>
/// <param name="MacAddress">Its link's Ethernet address.</param>
/// <param name="ClientId">What servers know it by, whatever its Ethernet address is.</param>
/// <param name="HostName">What it is called, for DNS; null for nothing.</param>
internal sealed record DhcpIdentity(MacAddress MacAddress, byte[] ClientId, string? HostName)
{
    private static readonly string[] s_machineIds =
        ["/etc/machine-id", "/var/lib/dbus/machine-id", "/proc/sys/kernel/random/boot_id"];

    /// <summary>
    /// The client id of a container's interface on this machine: the same when the container is started anew, so that
    /// it gets its address again (RFC 4361: an id of the interface and a UUID).
    /// </summary>
    /// <param name="container">What tells the container from the machine's others.</param>
    /// <param name="interfaceName">The interface's name in it.</param>
    public static byte[] ClientIdOf(string container, string interfaceName)
    {
        const byte Rfc4361 = 255, UuidType = 4;
        var interfaceId = Hash(interfaceName)[..4];
        return [Rfc4361, .. interfaceId, 0, UuidType, .. Hash($"LxcNetworking\0{MachineId}\0{container}")[..16]];
    }

    /// <summary>The name that a server is told: a name that DNS can have, or null.</summary>
    public static string? HostNameOf(string name)
        => name.Length is > 0 and <= 63 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-')
            && name[0] is not '-' && name[^1] is not '-' && !name.All(char.IsAsciiDigit) ? name : null;

    /// <summary>What tells this machine from others. It is not to be told to others (machine-id(5)), so it goes into a
    /// hash.</summary>
    internal static string MachineId
    {
        get
        {
            foreach (var file in s_machineIds)
            {
                try
                {
                    if (File.ReadAllText(file).Trim() is { Length: > 0 } id)
                        return id;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // The next one.
                }
            }

            return string.Empty;
        }
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
