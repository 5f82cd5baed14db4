using System.Runtime.InteropServices;

namespace LxcNetworking.Netlink;

/// <summary>The base of everything that goes wrong on a netlink socket.</summary>
public abstract class NetlinkException : Exception
{
    private protected NetlinkException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The kernel refused a request: an errno, with its extended acknowledgement where it gave one.</summary>
public sealed class NetlinkErrorException : NetlinkException
{
    /// <summary>Describes a refusal.</summary>
    /// <param name="errno">The positive errno.</param>
    /// <param name="kernelMessage">NLMSGERR_ATTR_MSG, if the kernel sent one.</param>
    /// <param name="messageType">The type of the request that was refused.</param>
    /// <param name="attributePath">Attribute types from the outermost to the offending one; empty if unknown.</param>
    public NetlinkErrorException(
        int errno, string? kernelMessage, ushort messageType, IReadOnlyList<ushort> attributePath)
        : base(
            kernelMessage is null
                ? Marshal.GetPInvokeErrorMessage(errno)
                : $"{kernelMessage} ({Marshal.GetPInvokeErrorMessage(errno)})")
    {
        Errno = errno;
        KernelMessage = kernelMessage;
        MessageType = messageType;
        AttributePath = attributePath;
    }

    /// <summary>The positive errno, as in errno.h.</summary>
    public int Errno { get; }

    /// <summary>The kernel's own words, or null. Control characters are escaped.</summary>
    public string? KernelMessage { get; }

    /// <summary>The type of the request that was refused.</summary>
    public ushort MessageType { get; }

    /// <summary>The attribute types that lead to the offending attribute of the request; empty if the kernel named
    /// none.</summary>
    public IReadOnlyList<ushort> AttributePath { get; }
}

/// <summary>A datagram that does not follow netlink's own rules: truncated, over-long, wrongly nested.</summary>
/// <param name="message">What is wrong with it.</param>
public sealed class NetlinkProtocolException(string message) : NetlinkException(message);

/// <summary>The socket's buffer ran over and the kernel dropped messages (ENOBUFS).</summary>
public sealed class NetlinkOverrunException()
    : NetlinkException("The kernel had more messages than the socket could hold, and some were lost.");

/// <summary>No answer came in time.</summary>
/// <param name="timeout">How long the connection waited.</param>
public sealed class NetlinkTimeoutException(TimeSpan timeout)
    : NetlinkException($"The kernel did not answer within {timeout.TotalSeconds:0.###} seconds.");

/// <summary>A dump was interrupted by changes every time it was tried.</summary>
/// <param name="attempts">How often it was tried.</param>
public sealed class NetlinkDumpInterruptedException(int attempts)
    : NetlinkException(
        $"The kernel's list changed while it was read, {attempts} times in a row; nothing is returned rather than a "
            + "part of it. Try again when fewer changes are under way.");

/// <summary>The kernel leaves something out of a list each time.</summary>
/// <param name="reason">What it leaves out, and why.</param>
public sealed class NetlinkListIncompleteException(string reason)
    : NetlinkException(
        $"The kernel does not give the whole list, and nothing is returned rather than a part of it: {reason}");

/// <summary>A system call on the socket failed.</summary>
/// <param name="operation">The call.</param>
/// <param name="errno">The positive errno.</param>
public sealed class NetlinkSocketException(string operation, int errno)
    : NetlinkException($"{operation} failed: {Marshal.GetPInvokeErrorMessage(errno)}")
{
    /// <summary>The positive errno, as in errno.h.</summary>
    public int Errno { get; } = errno;
}
