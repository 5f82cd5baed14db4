using System.Runtime.InteropServices;

namespace LxcNetworking.Netlink;

/// <summary>Reads NLMSG_ERROR and NLMSG_DONE, with the extended acknowledgement that may follow the code.</summary>
internal static class Acknowledgement
{
    private const ushort NLMSGERR_ATTR_MSG
        = 1, NLMSGERR_ATTR_OFFS = 2, NLMSGERR_ATTR_MISS_TYPE = 5, NLMSGERR_ATTR_MISS_NEST = 6;
    private const int EchoedHeader = NetlinkRequest.HeaderSize;
    private const int MaxErrno = 4095;

    /// <summary>Reads an NLMSG_ERROR or NLMSG_DONE message.</summary>
    /// <returns>Null for success, else the refusal, or what stopped the dump.</returns>
    internal static NetlinkErrorException? Read(NetlinkReply reply, NetlinkRequest request)
        => reply.Type == NetlinkMessageType.Error ? ReadError(reply, request) : ReadDone(reply, request);

    private static NetlinkErrorException? ReadError(NetlinkReply reply, NetlinkRequest request)
    {
        var payload = reply.Payload;
        if (payload.Length < 4 + EchoedHeader)
            throw new NetlinkProtocolException(
                $"An acknowledgement has {payload.Length} bytes where {4 + EchoedHeader} are the least.");
        var code = MemoryMarshal.Read<int>(payload);
        if (code == 0)
            return null;

        var rest = payload[(4 + EchoedHeader)..];
        if ((reply.Flags & NetlinkFlags.Capped) == 0)
        {
            var echoed = MemoryMarshal.Read<uint>(payload[4..]);
            if (echoed < EchoedHeader || echoed - EchoedHeader > (uint)rest.Length)
                throw new NetlinkProtocolException(
                    $"An acknowledgement claims to repeat {echoed} bytes where {rest.Length + EchoedHeader} are "
                        + "there.");
            rest = rest[Math.Min(((int)echoed - EchoedHeader + 3) & ~3, rest.Length)..];
        }

        return Refusal(code, (reply.Flags & NetlinkFlags.AckTlvs) != 0 ? rest : [], request);
    }

    private static NetlinkErrorException? ReadDone(NetlinkReply reply, NetlinkRequest request)
    {
        // Some families end a dump without a code.
        if (reply.Payload.Length < 4 || MemoryMarshal.Read<int>(reply.Payload) is var code && code >= 0)
            return null;
        return Refusal(code, (reply.Flags & NetlinkFlags.AckTlvs) != 0 ? reply.Payload[4..] : [], request);
    }

    private static NetlinkErrorException Refusal(int code, ReadOnlySpan<byte> extended, NetlinkRequest request)
    {
        if (code is > 0 or < -MaxErrno)
            throw new NetlinkProtocolException($"An acknowledgement carries the impossible code {code}.");
        string? message = null;
        uint? offending = null, missing = null, missingIn = null;
        foreach (var attribute in new AttributeReader(extended))
        {
            switch (attribute.Type)
            {
                case NLMSGERR_ATTR_MSG: message = attribute.AsString(); break;
                case NLMSGERR_ATTR_OFFS: offending = attribute.AsUInt32(); break;
                case NLMSGERR_ATTR_MISS_TYPE: missing = attribute.AsUInt32(); break;
                case NLMSGERR_ATTR_MISS_NEST: missingIn = attribute.AsUInt32(); break;
                default: break;
            }
        }

        var path = offending is { } offset ? request.PathTo(offset) : [];
        if (path.Length == 0 && missing is { } type)
            path = [.. missingIn is { } nest ? request.PathTo(nest) : [], (ushort)type];
        return new NetlinkErrorException(-code, message, request.Type, path);
    }
}
