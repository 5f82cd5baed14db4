using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>The number of a namespace in another one, from which a link leads to it (linux/net_namespace.h).</summary>
internal static class NamespaceNumber
{
    /// <summary>The number of a namespace that has none.</summary>
    public const int None = -1;

    private const ushort NETNSA_NSID = 1, NETNSA_FD = 3;

    /// <summary>Asks for the number of a namespace.</summary>
    /// <param name="stack">Where the number is valid.</param>
    /// <param name="file">The namespace's file.</param>
    /// <returns>The number; -1 for none: no link of the stack leads to that namespace.</returns>
    /// <exception cref="NetlinkException">It cannot be read.</exception>
    public static int Of(NetworkStack stack, SafeFileHandle file)
    {
        int? number = null;
        using var request = new NetlinkRequest(Rtm.GetNsId).AsQuery().Header<byte>(0)
            .Put(NETNSA_FD, (int)file.DangerousGetHandle());
        stack.Route.Execute(request, reply => number = Read(reply));
        return number ?? None;
    }

    /// <summary>Gives a namespace a number.</summary>
    /// <param name="stack">Where the number is to be valid.</param>
    /// <param name="file">The namespace's file.</param>
    /// <param name="number">The number; <see cref="None"/> to let the kernel choose.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public static void Give(NetworkStack stack, SafeFileHandle file, int number)
    {
        using var request = new NetlinkRequest(Rtm.NewNsId).Header<byte>(0).Put(NETNSA_NSID, number)
            .Put(NETNSA_FD, (int)file.DangerousGetHandle());
        stack.Route.Execute(request);
    }

    /// <summary>Reads a message about a number (struct rtgenmsg, which is a byte).</summary>
    /// <returns>The number, or null if the message has none.</returns>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static int? Read(NetlinkReply reply)
        => reply.Read<byte>(out _).TryFind(NETNSA_NSID, out var number) ? number.AsInt32() : null;
}
