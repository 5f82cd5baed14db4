using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>Answers of a kernel to requests that it is given, most of them nearly right.</summary>
internal sealed class Conversation(Generator random)
{
    /// <summary>An answer of some datagrams, most of them nearly right.</summary>
    internal List<Delivery> Answer(SentMessage request)
    {
        var answer = new List<Delivery>();
        for (var i = random.Below(5); i >= 0; i--)
        {
            var datagram = random.OneIn(12) ? random.Bytes(random.Below(80))
                : Wire.Join([.. Enumerable.Range(0, 1 + random.Below(3)).Select(_ => Message(request))]);
            if (!random.OneIn(4))
                datagram = random.Spoil(datagram);
            answer.Add(random.OneIn(30) ? new Delivery { Overrun = true }
                : new Delivery { Bytes = datagram, Stranger = random.OneIn(30) });
        }

        return answer;
    }

    /// <summary>Attributes, some of them holding attributes.</summary>
    internal byte[] Attributes(int depth)
    {
        var parts = new List<byte[]>();
        for (var i = random.Below(5); i > 0; i--)
        {
            var type = (ushort)random.Below(10);
            parts.Add(depth > 0 && random.OneIn(3)
                ? Wire.Attribute((ushort)(type | Wire.Nested), Attributes(depth - 1))
                : Wire.Attribute(type, random.Bytes(random.OneIn(3) ? random.Below(40) : 1 << random.Below(4))));
        }

        return Wire.Join([.. parts]);
    }

    private byte[] Message(SentMessage request)
    {
        var sequence = random.OneIn(10) ? (uint)random.Next() : request.Sequence;
        var port = random.OneIn(10) ? (uint)random.Next() : request.Port;
        var flags = (ushort)(Wire.Multi | (random.OneIn(8) ? Wire.Interrupted : 0));
        switch (random.Below(6))
        {
            case 0:
                var code = random.OneIn(3) ? 0 : random.OneIn(4) ? (uint)random.Of(Edges.Numbers)
                    : (uint)-(1 + random.Below(133));
                var capped = random.OneIn(2);
                return Wire.Message(
                    Wire.Error, (ushort)((capped ? Wire.Capped : 0) | (random.OneIn(4) ? 0 : Wire.AckTlvs)),
                    sequence, port,
                    Wire.U32(code), capped ? request.Header : request.Bytes.ToArray(), Extended());
            case 1:
                return Wire.Message(Wire.Done, (ushort)(flags | Wire.AckTlvs), sequence, port,
                    Wire.U32((uint)-random.Below(3)), Extended());
            case 2:
                return Wire.Message((ushort)random.Below(6), flags, sequence, port, random.Bytes(random.Below(30)));
            default:
                return Wire.Message(Wire.Data, flags, sequence, port, Wire.U32((uint)random.Next()), Attributes(4));
        }
    }

    private byte[] Extended() => Wire.Join(
        Wire.Text(1, "No such \u001b[1mthing"),
        Wire.Attribute(2, Wire.U32(random.OneIn(3) ? (uint)random.Of(Edges.Numbers) : (uint)random.Below(120))),
        random.OneIn(2) ? Wire.Attribute(5, Wire.U32((uint)random.Below(99))) : [],
        random.OneIn(2) ? Wire.Attribute(6, Wire.U32((uint)random.Below(120))) : []);
}
