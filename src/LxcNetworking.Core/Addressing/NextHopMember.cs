using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A next-hop object in a group, with its share: <c>7</c> or <c>7 weight 3</c>.</summary>
public sealed class NextHopMember : TextValue<NextHopMember>
{
    /// <summary>The largest share.</summary>
    public const int MaxWeight = 65536;

    private const string WeightWord = " weight ";

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 7 or 7 weight 3.</param>
    /// <exception cref="FormatException">It is no such text.</exception>
    public NextHopMember(string text)
    {
        var parts = (text ?? string.Empty).Split(WeightWord);
        var weight = 1;
        if (parts.Length > 2 || !Digits.TryParse(parts[0], out uint id) || id == 0
            || (parts.Length == 2 && !Digits.TryParse(parts[1], out weight)) || weight is < 1 or > MaxWeight)
        {
            throw Misfit.Of(
                text, $"is no member of a group: write a next-hop object's number, or 7 weight 3 (1 to {MaxWeight}).");
        }

        (NextHopId, Weight) = (id, weight);
    }

    /// <summary>A member whose share is 1.</summary>
    /// <param name="nextHopId">The object's number.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public NextHopMember(long nextHopId)
        : this(nextHopId, 1)
    {
    }

    /// <summary>A member.</summary>
    /// <param name="nextHopId">The object's number, 1 to 4294967295.</param>
    /// <param name="weight">Its share in comparison with the others', 1 to 65536; before Linux 6.11 to 256.</param>
    /// <exception cref="FormatException">One of them is out of range.</exception>
    public NextHopMember(long nextHopId, int weight)
        : this(string.Create(CultureInfo.InvariantCulture, $"{nextHopId}{WeightWord}{weight}"))
    {
    }

    /// <summary>The object's number.</summary>
    public long NextHopId { get; }

    /// <summary>Its share in comparison with the others'.</summary>
    public int Weight { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{NextHopId}{(Weight == 1 ? string.Empty : $"{WeightWord}{Weight}")}");

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NextHopId, Weight);

    private protected override int Compare(NextHopMember other)
        => NextHopId.CompareTo(other.NextHopId) is var order and not 0 ? order : Weight.CompareTo(other.Weight);
}

/// <summary>The members of a group: an array of struct nexthop_grp of linux/nexthop.h.</summary>
internal static class NextHopGroup
{
    public static ValueList<NextHopMember> Read(NetlinkAttribute attribute)
    {
        var size = Unsafe.SizeOf<Member>();
        if (attribute.Value.Length % size != 0)
        {
            throw new NetlinkProtocolException(
                $"A group of next-hop objects is {attribute.Value.Length} bytes long, which none is.");
        }

        var members = new List<NextHopMember>();
        foreach (var member in MemoryMarshal.Cast<byte, Member>(attribute.Value))
        {
            if (member.Id == 0)
                throw new NetlinkProtocolException("A group has a next-hop object without a number.");
            members.Add(new NextHopMember(member.Id, member.WeightBeyond + (member.WeightBeyondHigh << 8) + 1));
        }

        return [.. members];
    }

    public static void Write(NetlinkRequest request, ushort type, ValueList<NextHopMember> value)
    {
        if (value.Count == 0)
            return;
        Member[] members = [.. value.Select(member => new Member
        {
            Id = (uint)member.NextHopId,
            WeightBeyond = (byte)(member.Weight - 1),
            WeightBeyondHigh = (byte)((member.Weight - 1) >> 8),
        })];
        request.Put(type, MemoryMarshal.AsBytes<Member>(members));
    }

    // struct nexthop_grp; the share is one more than what it says.
    [StructLayout(LayoutKind.Sequential)]
    private struct Member
    {
        public uint Id;
        public byte WeightBeyond;
        public byte WeightBeyondHigh;
        public ushort Reserved;
    }
}
