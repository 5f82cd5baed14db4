using System.Text;
using LxcNetworking.Netlink.Testing;

namespace Netlink.Tests.Support;

/// <summary>Builds messages byte by byte, without the code under test.</summary>
internal static class Wire
{
    internal const ushort Error = 2, Done = 3, Data = 24;
    internal const ushort Multi = 0x02, Interrupted = 0x10, Capped = 0x100, AckTlvs = 0x200;
    internal const ushort Nested = 0x8000;

    internal static byte[] Message(ushort type, ushort flags, uint sequence, uint port, params byte[][] payload)
    {
        var body = Join(payload);
        return Padded(Join(U32((uint)(16 + body.Length)), U16(type), U16(flags), U32(sequence), U32(port), body));
    }

    internal static byte[] Attribute(ushort type, params byte[][] value)
    {
        var body = Join(value);
        return Padded(Join(U16((ushort)(4 + body.Length)), U16(type), body));
    }

    internal static byte[] Ack(SentMessage request) =>
        Message(Error, Capped, request.Sequence, request.Port, U32(0), request.Header);

    /// <summary>An error as the kernel gives it with NETLINK_CAP_ACK.</summary>
    internal static byte[] Refusal(SentMessage request, int errno, params byte[][] extended) => Message(
        Error, (ushort)(Capped | (extended.Length > 0 ? AckTlvs : 0)), request.Sequence, request.Port,
        U32((uint)-errno), request.Header, Join(extended));

    /// <summary>An error that repeats the whole request, as kernels without NETLINK_CAP_ACK give it.</summary>
    internal static byte[] UncappedRefusal(SentMessage request, int errno, params byte[][] extended) => Message(
        Error, extended.Length > 0 ? AckTlvs : (ushort)0, request.Sequence, request.Port, U32((uint)-errno),
        request.Bytes.ToArray(), Join(extended));

    internal static byte[] Item(SentMessage request, uint value, ushort flags = Multi, ushort type = Data)
        => Message(type, flags, request.Sequence, request.Port, U32(value));

    internal static byte[] End(SentMessage request, int code = 0, ushort flags = Multi, params byte[][] extended)
        => Message(Done, flags, request.Sequence, request.Port, U32((uint)code), Join(extended));

    internal static byte[] Text(ushort type, string text) => Attribute(type, Encoding.UTF8.GetBytes(text + "\0"));

    internal static byte[] U16(ushort value) => BitConverter.GetBytes(value);

    internal static byte[] U32(uint value) => BitConverter.GetBytes(value);

    internal static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];
}
