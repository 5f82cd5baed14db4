using System.Runtime.InteropServices;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Netlink.Testing;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Testing;

/// <summary>
/// A test double for the rtnetlink of one network namespace, with links of all kinds: it creates, changes, lists and
/// removes them, keeps what it was sent, and refuses what it is told to refuse. It checks nothing else, has no
/// addresses on its links, and one thread uses it at a time.
/// </summary>
public sealed class FakeRtnetlink : IDisposable
{
    private const int LinkHeaderSize = 16;
    private static readonly SentMessage s_nobodys = new(new byte[16]);
    private readonly SortedDictionary<int, byte[]> _links = [];
    private readonly NetworkStackPool? _ownPool;
    private readonly FakeKernel _kernel;

    /// <summary>Makes a namespace without links.</summary>
    /// <param name="pool">The pool that <see cref="Stack"/> belongs to; null for one of its own.</param>
    public FakeRtnetlink(NetworkStackPool? pool = null)
    {
        _kernel = new FakeKernel { Otherwise = request => Answer(request) };
        pool ??= _ownPool = new NetworkStackPool();
        Stack = new(
            pool, new NamespaceReference(
                "nowhere"), "/nowhere", new NamespaceIdentity(0, 0), 7, new NetlinkConnection(_kernel));
    }

    /// <summary>The namespace, as the library's operations take it.</summary>
    public NetworkStack Stack { get; }

    /// <summary>The requests that were to change something, in their order.</summary>
    public IList<SentMessage> Orders { get; } = [];

    /// <summary>What is refused: an error number and the kernel's words about it, which may be null; null for what is
    /// not refused. It gets the message type and the link as the request describes it.</summary>
    public Func<ushort, NetLink, (int Errno, string? Words)?> Refusal { get; set; } = (_, _) => null;

    /// <summary>The namespace's own addresses, which a look-up of a route finds.</summary>
    public ICollection<IPAddress> Addresses { get; } = [];

    /// <summary>The index of the link by which every other address is reached; 0 for none.</summary>
    public int RouteIndex { get; set; }

    /// <summary>The names of all links, in the order of their indexes.</summary>
    public IEnumerable<string> Names => _links.Values.Select(link => Parse(link).Name);

    /// <summary>What a list has before the links; with any, it says that links changed meanwhile.</summary>
    internal List<byte[]> Stale { get; } = [];

    /// <summary>Adds a link without a request.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind as IFLA_INFO_KIND has it; null for a physical one.</param>
    /// <param name="data">Writes what IFLA_INFO_DATA holds, as a settings object's Write does; null for
    /// nothing.</param>
    /// <param name="parent">The index of its parent; 0 for none.</param>
    /// <returns>Its index.</returns>
    public int Add(string name, string? kind = null, Action<NetlinkRequest>? data = null, int parent = 0)
    {
        return Add(PayloadOf(new IfInfoMsg { Type = 1 }, attributes =>
        {
            attributes.PutString(Ifla.IfName, name).Put(Ifla.Mtu, 1500u);
            if (parent != 0)
                attributes.Put(Ifla.Link, parent);
            if (kind is null)
                return;
            attributes.Nest(
                Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, kind).Nest(IflaInfo.Data, data ?? (_ => { })));
        }));
    }

    /// <summary>The link that a request describes.</summary>
    /// <param name="order">One of <see cref="Orders"/> for a link.</param>
    /// <returns>The link.</returns>
    /// <exception cref="NetlinkProtocolException">The request is malformed.</exception>
    public NetLink Parse(SentMessage order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Parse(order.Payload);
    }

    /// <summary>Closes the stack's socket.</summary>
    public void Dispose()
    {
        Stack.Route.Dispose();
        _ownPool?.Dispose();
    }

    internal NetLink Parse(ReadOnlySpan<byte> payload)
        => LinkParser.Parse(new SentMessage(s_nobodys.Answer(Rtm.NewLink, payload)).AsReply(), Stack.Namespace)!;

    private static byte[] PayloadOf(IfInfoMsg header, Action<NetlinkRequest> attributes)
        => new SentMessage(s_nobodys.Answer(Rtm.NewLink, header, attributes)).Payload.ToArray();

    private int Add(byte[] payload)
    {
        var index = 2 + _links.Keys.LastOrDefault();
        BitConverter.TryWriteBytes(payload.AsSpan(4), index);
        _links[index] = payload;
        return index;
    }

    private IEnumerable<Delivery> Answer(SentMessage request)
    {
        if (request.IsDump && request.Type is Rtm.GetLink or Rtm.GetAddr)
        {
            var flags = NetlinkFlags.Multi | (Stale.Count > 0 ? NetlinkFlags.DumpInterrupted : NetlinkFlags.None);
            var listed = request.Type == Rtm.GetAddr ? [] : Stale.Concat(_links.Values);
            return [Delivery.Datagram(
                [.. listed.Select(link => request.Answer(Rtm.NewLink, link, flags)), request.End(flags)])];
        }

        switch (request.Type)
        {
            case Rtm.GetLink:
                return [Named(request.Payload) is { } index && _links.TryGetValue(index, out var link)
                    ? request.Answer(Rtm.NewLink, link) : request.Refuse(LibC.ENODEV)];
            case Rtm.GetRoute:
                return [Route(request)];
            default:
                Orders.Add(request);
                var refused = Refusal(request.Type, Parse(request));
                var errno = refused?.Errno ?? Obey(request);
                return errno != 0 || (request.Flags & NetlinkFlags.Ack) != 0
                    ? [request.Refuse(errno, refused?.Words)]
                    : [];
        }
    }

    private int Obey(SentMessage request)
    {
        if (request.Type == Rtm.NewLink && (request.Flags & NetlinkFlags.Create) != 0)
            return Add(request.Payload.ToArray()) > 0 ? 0 : LibC.EINVAL;
        if (Named(request.Payload) is not { } index || !_links.TryGetValue(index, out var link))
            return LibC.ENODEV;
        if (request.Type == Rtm.DelLink)
            _links.Remove(index);
        else
            _links[index] = Changed(link, request.Payload.ToArray());
        return 0;
    }

    // What a message says replaces what was said before; flags as far as its mask says so.
    private static byte[] Changed(byte[] link, byte[] change)
    {
        var header = MemoryMarshal.Read<IfInfoMsg>(link);
        var asked = MemoryMarshal.Read<IfInfoMsg>(change);
        header.Flags = (header.Flags & ~asked.Change) | (asked.Flags & asked.Change);
        var attributes = new Dictionary<ushort, byte[]>();
        foreach (var payload in new[] { link, change })
        {
            foreach (var attribute in new AttributeReader(payload.AsSpan(LinkHeaderSize)))
                attributes[attribute.Type] = attribute.Value.ToArray();
        }

        return PayloadOf(header, whole =>
        {
            foreach (var (type, value) in attributes)
                whole.Put(type, value);
        });
    }

    private int? Named(ReadOnlySpan<byte> payload)
    {
        if (MemoryMarshal.Read<IfInfoMsg>(payload).Index is var index and not 0)
            return index;
        if (!new AttributeReader(payload[LinkHeaderSize..]).TryFind(Ifla.IfName, out var name))
            return null;
        var text = name.AsString();
        return _links.Keys.Cast<int?>().FirstOrDefault(one => Parse(_links[one!.Value]).Name == text);
    }

    private byte[] Route(SentMessage request)
    {
        const byte Unicast = 1, Local = 2;
        var isOwn = request.Read<RtMsg>(out _).TryFind(Rta.Dst, out var destination)
            && Addresses.Contains(IP.Read(destination));
        return !isOwn && RouteIndex == 0
            ? request.Refuse(LibC.ENETUNREACH)
            : request.Answer(
                Rtm.NewRoute,
                new RtMsg { Type = isOwn ? Local : Unicast },
                attributes => attributes.Put(Rta.Oif, isOwn ? 1 : RouteIndex));
    }
}
