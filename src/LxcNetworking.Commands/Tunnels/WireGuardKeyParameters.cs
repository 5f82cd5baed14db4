using System.Security;
using LxcNetworking.Commands.Common;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Reads keys as cmdlets take them: from a secure string or from a file, never as plain text.</summary>
internal static class WireGuardKeyParameters
{
    /// <summary>Reads the key that was given, if one was.</summary>
    public static WireGuardSecret? Read(NetworkCmdlet cmdlet, SecureString? key, string? file, string parameter)
    {
        if (key is not null && file is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"Give the key as -{parameter} or as -{parameter}File, not both.");
        if (key is not null)
            return WireGuardSecret.From(key);
        if (file is null)
            return null;
        var path = cmdlet.FullPath(file);
        if (WireGuardSecret.IsExposed(path))
            cmdlet.WriteWarning(
                $"Others than its owner may read the key file '{Netlink.KernelText.Printable(path)}': chmod 600 it.");
        return WireGuardSecret.FromFile(path);
    }
}
