using System.Net.Sockets;
using LxcNetworking.Netlink;

namespace LxcNetworking;

/// <summary>Makes a namespace forward packets between its interfaces (net.ipv4.ip_forward, net.ipv6.conf.all.forwarding).</summary>
internal static class Forwarding
{
    /// <summary>Turns forwarding of one family on for the whole namespace.</summary>
    /// <returns>False if it was on already.</returns>
    /// <exception cref="NetworkException">PermissionDenied or NotSupported.</exception>
    public static bool TurnOn(NetworkStack stack, AddressFamily family)
    {
        var file = family == AddressFamily.InterNetworkV6 ? "/proc/sys/net/ipv6/conf/all/forwarding" : "/proc/sys/net/ipv4/ip_forward";
        var name = stack.Namespace.Text;
        try
        {
            using var place = NamespaceFile.Open(stack.Path, stack.Namespace);
            // The files under /proc/sys/net are those of the namespace that the reading thread is in.
            return NetlinkSocket.InNamespace(place, () =>
            {
                if (File.ReadAllText(file).Trim() != "0")
                    return false;
                File.WriteAllText(file, "1");
                return true;
            });
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            var hint = $"Set it by other means and use -NoForwarding.";
            throw e is FileNotFoundException or DirectoryNotFoundException
                ? new NetworkException(NetworkErrorCode.NotSupported, $"Namespace '{name}' cannot forward: there is no {file}. {hint}", name, e)
                : new NetworkException(NetworkErrorCode.PermissionDenied, $"Forwarding could not be turned on in namespace '{name}': {file} cannot be written ({e.Message.TrimEnd('.')}). {hint}", name, e);
        }
        catch (NetlinkSocketException e)
        {
            throw KernelErrors.Explain(e, name);
        }
    }
}
