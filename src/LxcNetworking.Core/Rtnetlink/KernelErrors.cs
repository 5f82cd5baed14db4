using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Rtnetlink;

/// <summary>Turns the kernel's refusals into sentences for users and named cases for programs.</summary>
internal static class KernelErrors
{

    /// <summary>Explains a refusal.</summary>
    /// <param name="error">The refusal.</param>
    /// <param name="operation">What was tried, to follow "Cannot": <c>set the MTU of 'eth0'</c>.</param>
    /// <param name="target">What it was about.</param>
    /// <param name="notFound">The case for ENODEV, ENOENT and ESRCH.</param>
    /// <param name="exists">The case for EEXIST.</param>
    /// <param name="hint">What it can mean, for cases without a hint of their own.</param>
    public static NetworkException Explain(
        NetlinkErrorException error,
        string operation,
        string? target,
        NetworkErrorCode notFound = NetworkErrorCode.LinkNotFound,
        NetworkErrorCode exists = NetworkErrorCode.LinkExists,
        Hint? hint = null)
    {
        var code = error.Errno switch
        {
            // Some drivers' word for what does not go together, and not for who asks (bonding's for an option that its
            // mode does not have).
            LibC.EACCES when hint is not null => NetworkErrorCode.NotSupported,
            LibC.EPERM or LibC.EACCES => NetworkErrorCode.PermissionDenied,
            LibC.ENODEV or LibC.ENOENT or LibC.ESRCH or LibC.ENXIO => notFound,
            LibC.EEXIST => exists,
            LibC.EBUSY => NetworkErrorCode.ResourceBusy,
            LibC.EOPNOTSUPP or LibC.EAFNOSUPPORT or LibC.EPROTONOSUPPORT => NetworkErrorCode.NotSupported,
            LibC.ENETUNREACH or LibC.EHOSTUNREACH or LibC.ENETDOWN => NetworkErrorCode.NextHopUnreachable,
            LibC.EADDRNOTAVAIL => NetworkErrorCode.AddressNotFound,
            LibC.EINVAL or LibC.ERANGE or LibC.EMLINK => NetworkErrorCode.InvalidArgument,
            LibC.ENOSPC or LibC.EXFULL => NetworkErrorCode.NoSpace,
            LibC.ENOMEM => NetworkErrorCode.ResourceBusy,
            _ => NetworkErrorCode.KernelRefused,
        };
        if (code == NetworkErrorCode.PermissionDenied)
            hint = new Hint("It takes CAP_NET_ADMIN in that namespace.", Advice.RunPrivileged);
        if (error.Errno == LibC.EXFULL)
            hint = "A bridge has 1,023 ports at most (BR_MAX_PORTS), and this one has as many.";
        var attribute = AttributeName(error) is { } name ? $" [{name}]" : string.Empty;
        var cause = hint is null ? string.Empty : " " + hint.Cause;
        return new NetworkException(
            code,
            $"Cannot {operation}: {error.Message.TrimEnd('.')}{attribute}.{cause}",
            target,
            error)
        { Advice = hint?.Advice ?? [] };
    }

    /// <summary>Explains the refusal of an IPv6 address, route or neighbour on a link whose disable_ipv6 is
    /// set.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="family">Of what was refused.</param>
    /// <param name="link">The link's name; null if it is not known.</param>
    /// <param name="consequence">What the link cannot have.</param>
    /// <param name="target">What it was about.</param>
    /// <returns>NotSupported; null if it was refused for another reason.</returns>
    public static NetworkException? ExplainIPv6Off(
        NetlinkErrorException refusal, IPFamily family, string? link, string consequence, string target)
        // A lack of rights is EPERM.
        => family == IPFamily.IPv6
            && (refusal.Errno == LibC.EACCES
                || refusal.KernelMessage?.Contains("IPv6 is disabled", StringComparison.Ordinal) == true)
            ? new NetworkException(
                NetworkErrorCode.NotSupported,
                $"IPv6 is switched off on {(link is null ? "the interface" : $"'{link}'")}, so it cannot have "
                    + $"{consequence}. "
                    + $"Set net.ipv6.conf.{link ?? "NAME"}.disable_ipv6 to 0.",
                target,
                refusal)
            : null;

    /// <summary>Explains a failed system call on a socket.</summary>
    public static NetworkException Explain(NetlinkSocketException error, string? target) => error.Errno switch
    {
        LibC.EPERM or LibC.EACCES => new NetworkException(
            NetworkErrorCode.PermissionDenied,
            $"This user may not enter the network namespace '{target}': it takes CAP_SYS_ADMIN.",
            target,
            error)
        { Advice = [Advice.RunPrivileged] },
        LibC.EMFILE or LibC.ENFILE => NoDescriptor(target, error),
        LibC.EPROTONOSUPPORT => new NetworkException(
            NetworkErrorCode.KindNotSupported, error.Message + ".", target, error),
        _ => new NetworkException(NetworkErrorCode.KernelRefused, error.Message + ".", target, error),
    };

    /// <summary>Says that the process, or the machine, has as many files open as it may.</summary>
    public static NetworkException NoDescriptor(string? target, Exception? error = null) => new(
        NetworkErrorCode.ResourceBusy,
        $"'{target}' cannot be opened: this process has as many files and sockets open as it may (ulimit -n). Close "
            + "some, or raise the limit.",
        target,
        error);

    // The name in the kernel's headers of the attribute that the kernel blamed.
    private static string? AttributeName(NetlinkErrorException error)
    {
        if (error.AttributePath.Count == 0)
            return null;
        var first = error.AttributePath[0];
        var name = error.MessageType switch
        {
            Rtm.NewLink or Rtm.SetLink or Rtm.GetLink or Rtm.DelLink => Ifla.NameOf(first) ?? $"IFLA_{first}",
            Rtm.NewAddr or Rtm.DelAddr or Rtm.GetAddr => Ifa.NameOf(first) ?? $"IFA_{first}",
            Rtm.NewRoute or Rtm.DelRoute or Rtm.GetRoute => Rta.NameOf(first) ?? $"RTA_{first}",
            Rtm.NewNeigh or Rtm.DelNeigh or Rtm.GetNeigh => Nda.NameOf(first) ?? $"NDA_{first}",
            Rtm.NewNextHop or Rtm.DelNextHop or Rtm.GetNextHop => Nha.NameOf(first) ?? $"NHA_{first}",
            >= Rtm.NewQdisc and <= Rtm.GetFilter => Tca.NameOf(first) ?? $"TCA_{first}",
            _ => $"attribute {first}",
        };
        return name + string.Concat(error.AttributePath.Skip(1).Select(type => "/" + type));
    }
}
