using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>A message's attributes, taken apart so that they can be changed with lengths that still fit.</summary>
internal sealed class AttributeTree
{
    private static readonly int[] s_sizes = [0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 17, 20, 28, 32, 255, 4000];

    private static readonly byte[][] s_texts =
    [
        "\e]0;x\a\0"u8.ToArray(), [0xff, 0xfe, 0x80, 0], "veth\0x"u8.ToArray(), [.. Enumerable.Repeat((byte)'a', 300)],
        "bridge\0"u8.ToArray(),
        "macvlan\0"u8.ToArray(), "vxlan\0"u8.ToArray(), "\u202e\\x00\0"u8.ToArray(), [0xed, 0xa0, 0x80, 0], [],
    ];

    private readonly List<Node> _nodes;
    private readonly byte[] _header;

    private AttributeTree(byte[] header, List<Node> nodes) => (_header, _nodes) = (header, nodes);

    /// <summary>Takes a payload apart.</summary>
    /// <returns>Null where after so many bytes no attributes begin.</returns>
    public static AttributeTree? Of(byte[] payload, int headerLength)
        => payload.Length >= headerLength && Parse(payload.AsSpan(headerLength)) is { } nodes
        ? new AttributeTree(payload[..headerLength], nodes) : null;

    /// <summary>Changes some attributes.</summary>
    /// <param name="random">Chooses.</param>
    /// <param name="other">Another message, which attributes can come from.</param>
    public byte[] Spoil(Generator random, AttributeTree? other)
    {
        for (var i = 1 + random.Below(3); i > 0; i--)
        {
            var (list, at) = Choose(random);
            if (list.Count == 0)
            {
                list.Add(new Node((ushort)random.Below(64), [], random.Bytes(random.Of(s_sizes))));
                continue;
            }

            Change(random, list, at, other);
        }

        if (random.OneIn(8) && _header.Length > 0)
            Array.Copy(random.Spoil(_header) is { } header && header.Length >= _header.Length ? header : _header,
                _header, _header.Length);
        var bytes = new List<byte>(_header);
        Write(_nodes, bytes);
        return [.. bytes];
    }

    private static void Change(Generator random, List<Node> list, int at, AttributeTree? other)
    {
        var node = list[at];
        switch (random.Below(11))
        {
            case 0: // twice, the second time with another value
                list.Insert(random.Below(list.Count + 1),
                    node with { Children = null, Value = random.Bytes(node.Bytes().Length) });
                break;
            case 1:
                list.Insert(random.Below(list.Count + 1), node.Copy());
                break;
            case 2:
                list.RemoveAt(at);
                break;
            case 3:
                list[at] = node with { Children = null, Value = random.Bytes(random.Of(s_sizes)) };
                break;
            case 4: // an edge number in the room that is there
                var number = BitConverter.GetBytes(random.Of(Edges.Numbers));
                if (random.OneIn(3))
                    Array.Reverse(number);
                list[at] = node with
                { Children = null, Value = number[..Math.Min(number.Length, Math.Max(1, node.Bytes().Length))] };
                break;
            case 5:
                list[at] = node with
                { Type = (ushort)(random.OneIn(3) ? (ushort)random.Of(Edges.Numbers) : random.Below(64)) };
                break;
            case 6:
                list[at] = node with { Children = null, Value = random.Of(s_texts) };
                break;
            case 7: // inside itself
                list[at] = node with
                { Children = [.. Enumerable.Range(0, 1 + random.Below(3)).Select(_ => node.Copy())], Value = [] };
                break;
            case 8 when other is not null:
                var (theirs, index) = other.Choose(random);
                if (theirs.Count > 0)
                    list[at] = random.OneIn(2) ? theirs[index].Copy() : theirs[index].Copy() with { Type = node.Type };
                break;
            case 9 when random.OneIn(20): // very often
                list.AddRange(Enumerable.Range(0, random.Below(60_000 / (node.Bytes().Length + 4)))
                    .Select(_ => node.Copy()).ToList());
                break;
            default:
                list[at] = node with { Children = null, Value = random.Spoil(node.Bytes()) };
                break;
        }
    }

    // Any list at any depth alike.
    private (List<Node> List, int At) Choose(Generator random)
    {
        var list = _nodes;
        while (true)
        {
            if (list.Count == 0)
                return (list, 0);
            var at = random.Below(list.Count);
            if (list[at].Children is not { } children || random.OneIn(3))
                return (list, at);
            list = children;
        }
    }

    private static List<Node>? Parse(ReadOnlySpan<byte> bytes)
    {
        var nodes = new List<Node>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 4 || BitConverter.ToUInt16(bytes) is var length && (length < 4 || length > bytes.Length))
                return null;
            length = BitConverter.ToUInt16(bytes);
            var value = bytes[4..length];
            // Values of a few bytes can look like an attribute by chance, and often do not say that they are nested.
            var children = value.Length > 4 ? Parse(value) : null;
            nodes.Add(new Node(BitConverter.ToUInt16(bytes[2..]), children, value.ToArray()));
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }

        return nodes;
    }

    private static void Write(List<Node> nodes, List<byte> bytes)
    {
        foreach (var node in nodes)
        {
            var value = node.Bytes();
            bytes.AddRange(BitConverter.GetBytes((ushort)Math.Min(value.Length + 4, ushort.MaxValue)));
            bytes.AddRange(BitConverter.GetBytes(node.Type));
            bytes.AddRange(value);
            bytes.AddRange(new byte[-value.Length & 3]);
        }
    }

    private sealed record Node(ushort Type, List<Node>? Children, byte[] Value)
    {
        // Lists of its own, so that no node comes to be inside itself.
        public Node Copy() => this with { Children = Children?.ConvertAll(child => child.Copy()) };

        public byte[] Bytes()
        {
            if (Children is null)
                return Value;
            var bytes = new List<byte>();
            Write(Children, bytes);
            return [.. bytes];
        }
    }
}
