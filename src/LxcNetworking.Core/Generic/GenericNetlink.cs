using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Generic;

/// <summary>struct genlmsghdr of linux/genetlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GenlMsgHdr
{
    public byte Command;
    public byte Version;
    public ushort Reserved;
}

/// <summary>The controller's family, commands and attributes (GENL_ID_CTRL, CTRL_* of linux/genetlink.h).</summary>
internal static class Ctrl
{
    public const ushort FamilyType = 0x10;
    public const byte GetFamily = 3, Version = 2;
    public const ushort FamilyId = 1, FamilyName = 2;
}

/// <summary>A generic netlink family. Its number is the running kernel's to give.</summary>
/// <param name="Name">As the kernel registers it.</param>
/// <param name="Version">The version of its messages.</param>
/// <param name="Module">The module to load where the kernel does not have it.</param>
internal sealed record GenericFamily(string Name, byte Version, string Module)
{
    /// <summary>What to tell a user whose kernel lacks it.</summary>
    public NetworkException Missing(Exception? inner = null, string? module = null) => new(
        NetworkErrorCode.KindNotSupported,
        $"The kernel has no {Name}: modprobe {module ?? Module} as root, or boot a kernel that has it.",
        Name,
        inner);
}

/// <summary>Speaks to the generic netlink families of one namespace; asks for a family's number once for each
/// connection.</summary>
/// <param name="connect">Gives the connection, which can be another one than the last time.</param>
internal sealed class GenericNetlink(Func<NetlinkConnection> connect) : IStackOperations<GenericNetlink>
{
    static GenericNetlink IStackOperations<GenericNetlink>.On(NetworkStack stack)
        => new(() => stack.Connection(NetlinkProtocol.Generic));

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ushort> _numbers = new(StringComparer.Ordinal);
    private NetlinkConnection? _known;

    /// <summary>Sends a command and waits for its acknowledgement, or for its answer where one is wanted.</summary>
    /// <param name="family">Whose command.</param>
    /// <param name="command">The command.</param>
    /// <param name="write">Writes the attributes.</param>
    /// <param name="onReply">Takes the one message that answers it; null for a command that is only
    /// acknowledged.</param>
    /// <param name="secret">The attributes hold a key.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">KindNotSupported, if the kernel does not have the family.</exception>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public void Execute(
        GenericFamily family,
        byte command,
        Action<NetlinkRequest> write,
        ReplyHandler? onReply = null,
        bool secret = false,
        CancellationToken cancellation = default)
        => Ask(family, command, write, secret, (connection, request) =>
        {
            connection.Execute(onReply is null ? request : request.AsQuery(), onReply, cancellation);
            return true;
        });

    /// <summary>Reads a whole list.</summary>
    /// <typeparam name="T">The objects' type.</typeparam>
    /// <param name="family">Whose list.</param>
    /// <param name="command">The command.</param>
    /// <param name="write">Writes the attributes.</param>
    /// <param name="parse">Makes an object of each message, or null to leave it out.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The objects.</returns>
    /// <exception cref="NetworkException">KindNotSupported, if the kernel does not have the family.</exception>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public List<T> Dump<T>(
        GenericFamily family,
        byte command,
        Action<NetlinkRequest> write,
        ReplyParser<T> parse,
        CancellationToken cancellation = default)
        where T : class
        => Ask(
            family,
            command,
            write,
            secret: false,
            (connection, request) => connection.Dump(request, parse, cancellation));

    /// <summary>Reads a whole list whose changes the kernel does not tell.</summary>
    /// <inheritdoc cref="Dump"/>
    public List<T> DumpTwice<T>(
        GenericFamily family,
        byte command,
        ReplyParser<T> parse,
        Func<T, object> keyOf,
        CancellationToken cancellation)
        where T : class
        => Ask(
            family,
            command,
            _ => { },
            secret: false,
            (connection, request) => connection.DumpTwice(request, parse, keyOf, cancellation: cancellation));

    /// <summary>Whether the kernel has a family, without having it load the module.</summary>
    /// <param name="family">The family.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public bool IsLoaded(GenericFamily family)
    {
        using var request = new NetlinkRequest(Ctrl.FamilyType).AsQuery();
        request.Header(new GenlMsgHdr { Command = Ctrl.GetFamily, Version = Ctrl.Version });
        return Connection().Dump(
            request,
            reply => reply.Read<GenlMsgHdr>(out _).TryFind(Ctrl.FamilyName, out var name)
                ? name.AsString()
                : null).Contains(family.Name);
    }

    private T Ask<T>(
        GenericFamily family,
        byte command,
        Action<NetlinkRequest> write,
        bool secret,
        Func<NetlinkConnection,
        NetlinkRequest,
        T> ask)
    {
        for (var first = true; ; first = false)
        {
            var connection = Connection();
            using var request = new NetlinkRequest(NumberOf(family, connection), isSecret: secret);
            request.Header(new GenlMsgHdr { Command = command, Version = family.Version });
            write(request);
            try
            {
                return ask(connection, request);
            }
            catch (NetlinkErrorException e) when (first && e.Errno == Native.LibC.ENOENT)
            {
                // The number is nobody's any more: the module was unloaded, and perhaps loaded again.
                lock (_gate)
                    _numbers.Remove(family.Name);
            }
        }
    }

    private NetlinkConnection Connection()
    {
        var connection = connect();
        lock (_gate)
        {
            if (!ReferenceEquals(connection, _known))
            {
                _numbers.Clear();
                _known = connection;
                // Answers hold WireGuard's private keys.
                connection.ClearsBuffer = true;
            }
        }

        return connection;
    }

    private ushort NumberOf(GenericFamily family, NetlinkConnection connection)
    {
        lock (_gate)
        {
            if (_numbers.TryGetValue(family.Name, out var known))
                return known;
        }

        // The kernel loads the family's module by itself where it can.
        using var request = new NetlinkRequest(Ctrl.FamilyType).AsQuery();
        request.Header(new GenlMsgHdr { Command = Ctrl.GetFamily, Version = Ctrl.Version })
            .PutString(Ctrl.FamilyName, family.Name);
        ushort number = 0;
        try
        {
            connection.Execute(request, reply =>
            {
                if (reply.Read<GenlMsgHdr>(out _).TryFind(Ctrl.FamilyId, out var id))
                    number = id.AsUInt16();
            });
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENOENT)
        {
            throw family.Missing(e);
        }

        if (number < Ctrl.FamilyType)
            throw new NetlinkProtocolException($"The kernel gave family '{family.Name}' no number.");
        lock (_gate)
        {
            if (ReferenceEquals(connection, _known))
                _numbers[family.Name] = number;
        }

        return number;
    }
}

/// <summary>Gives a stack its <see cref="GenericNetlink"/>.</summary>
internal static class GenericNetlinkOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Generic netlink families.</summary>
        internal GenericNetlink Generic => stack.Operations<GenericNetlink>();
    }
}
