using System.Runtime.InteropServices;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Stands in for rtnetlink, with links of all kinds: makes, changes, tells and removes them, keeps what it was
/// sent, and refuses what it is told to refuse. It checks nothing else.</summary>
internal sealed class LinkKernel : INetlinkChannel
{
    private const ushort Dump = 0x300, Ack = 4, Create = 0x400;
    private const int HeaderSize = 16, LinkHeaderSize = 16;
    private readonly SortedDictionary<int, byte[]> _links = [];
    private readonly Queue<byte[]> _answers = new();

    public LinkKernel()
    {
        Stack = new(
            Stacks.Pool, new NamespaceReference("nowhere"), "/nowhere", new NamespaceIdentity(0, 0), 7,
            new NetlinkConnection(this));
    }

    public uint PortId => 7;

    /// <summary>The namespace whose kernel this is.</summary>
    public NetworkStack Stack { get; }

    /// <summary>What was asked for, but for questions: each message's type and what follows its header.</summary>
    public List<(ushort Type, byte[] Payload)> Orders { get; } = [];

    /// <summary>What is refused: an error number, and what the kernel says about it; null for what is not.</summary>
    public Func<ushort, NetLink, (int Errno, string? Words)?> Refusal { get; set; } = (_, _) => null;

    /// <summary>What a list has before the links; with any, it says that links changed meanwhile.</summary>
    public List<byte[]> Stale { get; } = [];

    /// <summary>The namespace's own addresses.</summary>
    public List<IPAddress> Own { get; } = [];

    /// <summary>The index of the link by which every other address is reached; 0 for none.</summary>
    public int Way { get; set; }

    /// <summary>Adds a link without a request.</summary>
    /// <returns>Its index.</returns>
    public int Add(string name, string? kind = null, Action<NetlinkRequest>? data = null, int parent = 0)
    {
        using var request = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Type = 1 })
            .PutString(Ifla.IfName, name).Put(Ifla.Mtu, 1500u);
        if (parent != 0)
            request.Put(Ifla.Link, parent);
        if (kind is not null)
        {
            request.Nest(
                Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, kind).Nest(IflaInfo.Data, data ?? (_ => { })));
        }

        return Add(request.Seal(1, 1, 0)[HeaderSize..].ToArray());
    }

    /// <summary>The link that a message's payload is about.</summary>
    public NetLink Parse(byte[] payload)
        => LinkParser.Parse(new NetlinkReply(Rtm.NewLink, NetlinkFlags.None, payload), Stack.Namespace)!;

    /// <summary>The names of all links.</summary>
    public IEnumerable<string> Names => _links.Values.Select(link => Parse(link).Name);

    public void Send(ReadOnlySpan<byte> datagram)
    {
        while (datagram.Length >= HeaderSize)
        {
            var length = (int)BitConverter.ToUInt32(datagram);
            _answers.Enqueue(Take(datagram[..length].ToArray()));
            datagram = datagram[Math.Min((length + 3) & ~3, datagram.Length)..];
        }
    }

    public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!_answers.TryDequeue(out var answer))
            throw new NetlinkTimeoutException(timeout);
        if (buffer.Length < answer.Length)
            buffer = new byte[answer.Length];
        answer.CopyTo(buffer, 0);
        return answer.Length;
    }

    public void Dispose()
    {
    }

    private int Add(byte[] payload)
    {
        var index = 2 + _links.Keys.LastOrDefault();
        BitConverter.TryWriteBytes(payload.AsSpan(4), index);
        _links[index] = payload;
        return index;
    }

    private byte[] Take(byte[] message)
    {
        var (type, flags) = (BitConverter.ToUInt16(message, 4), BitConverter.ToUInt16(message, 6));
        var payload = message[HeaderSize..];
        if ((flags & Dump) == Dump && type is Rtm.GetLink or Rtm.GetAddr)
        {
            var told = type == Rtm.GetAddr ? [] : Stale.Concat(_links.Values).ToList();
            var interrupted = (ushort)(Stale.Count > 0 ? NetlinkFlags.DumpInterrupted : 0);
            return [
                .. told.SelectMany(link => Message(message, Rtm.NewLink, (ushort)(2 | interrupted), link)),
                .. Message(message, 3, (ushort)(2 | interrupted), new byte[4])];
        }

        switch (type)
        {
            case Rtm.GetLink:
                return Named(payload) is { } index && _links.TryGetValue(index, out var link)
                    ? Message(message, Rtm.NewLink, 0, link) : Error(message, Native.LibC.ENODEV);
            case Rtm.GetRoute:
                return Route(message, payload);
            default:
                Orders.Add((type, payload));
                var refused = Refusal(type, Parse(payload));
                var errno = refused?.Errno ?? Obey(type, (flags & Create) != 0, payload);
                return errno != 0 || (flags & Ack) != 0 ? Error(message, errno, refused?.Words) : [];
        }
    }

    private int Obey(ushort type, bool creates, byte[] payload)
    {
        if (type == Rtm.NewLink && creates)
            return Add(payload) > 0 ? 0 : Native.LibC.EINVAL;
        if (Named(payload) is not { } index || !_links.TryGetValue(index, out var link))
            return Native.LibC.ENODEV;
        if (type == Rtm.DelLink)
            _links.Remove(index);
        else
            _links[index] = Changed(link, payload);
        return 0;
    }

    // What a message says takes the place of what was said before; flags as far as it says so.
    private static byte[] Changed(byte[] link, byte[] change)
    {
        var header = link[..LinkHeaderSize];
        uint Number(byte[] bytes, int at) => BitConverter.ToUInt32(bytes, at);
        var mask = Number(change, 12);
        BitConverter.TryWriteBytes(header.AsSpan(8), (Number(link, 8) & ~mask) | (Number(change, 8) & mask));
        var attributes = new Dictionary<ushort, byte[]>();
        foreach (var payload in new[] { link, change })
        {
            foreach (var attribute in new AttributeReader(payload.AsSpan(LinkHeaderSize)))
                attributes[attribute.Type] = attribute.Value.ToArray();
        }

        using var whole = new NetlinkRequest(Rtm.NewLink).Header(MemoryMarshal.Read<IfInfoMsg>(header));
        foreach (var (type, value) in attributes)
            whole.Put(type, value);
        return whole.Seal(1, 1, 0)[HeaderSize..].ToArray();
    }

    private int? Named(byte[] payload)
        => BitConverter.ToInt32(payload, 4) is var index and not 0 ? index
            : new AttributeReader(payload.AsSpan(LinkHeaderSize)).TryFind(Ifla.IfName, out var name)
                && name.AsString() is var text
            ? _links.Keys.Cast<int?>().FirstOrDefault(one => Parse(_links[one!.Value]).Name == text) : null;

    private byte[] Route(byte[] request, byte[] payload)
    {
        const int ENETUNREACH = 101;
        const byte Unicast = 1, Local = 2;
        Assert.True(new AttributeReader(payload.AsSpan(12)).TryFind(Rta.Dst, out var destination));
        var isOwn = Own.Contains(IP.Read(destination));
        if (!isOwn && Way == 0)
            return Error(request, ENETUNREACH);
        using var answer = new NetlinkRequest(Rtm.NewRoute).Header(new RtMsg { Type = isOwn ? Local : Unicast })
            .Put(Rta.Oif, isOwn ? 1 : Way);
        return Message(request, Rtm.NewRoute, 0, answer.Seal(1, 1, 0)[HeaderSize..].ToArray());
    }

    // The request's header comes back, and the words as an attribute (NLMSGERR_ATTR_MSG).
    private static byte[] Error(byte[] request, int errno, string? words = null)
    {
        const ushort Capped = 0x100, HasAttributes = 0x200;
        byte[] text = words is null ? [] : [.. System.Text.Encoding.UTF8.GetBytes(words), 0];
        byte[] attribute = words is null ? []
            : [.. BitConverter.GetBytes((ushort)(4 + text.Length)), 1, 0, .. text, .. new byte[-text.Length & 3]];
        return Message(
            request, 2, (ushort)(Capped | (words is null ? 0 : HasAttributes)),
            [.. BitConverter.GetBytes(-errno), .. request[..HeaderSize], .. attribute]);
    }

    private static byte[] Message(byte[] request, ushort type, ushort flags, byte[] payload) =>
    [
        .. BitConverter.GetBytes(HeaderSize + payload.Length), .. BitConverter.GetBytes(type),
        .. BitConverter.GetBytes(flags), .. request[8..16], .. payload, .. new byte[-payload.Length & 3],
    ];
}
