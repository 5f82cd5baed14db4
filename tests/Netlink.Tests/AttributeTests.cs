using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class AttributeTests
{
    private static List<(ushort Type, byte[] Value)> Read(params byte[][] parts)
    {
        var found = new List<(ushort, byte[])>();
        foreach (var attribute in new AttributeReader(Wire.Join(parts)))
            found.Add((attribute.Type, attribute.Value.ToArray()));
        return found;
    }

    private static NetlinkAttribute First(byte[] bytes)
    {
        var reader = new AttributeReader(bytes);
        Assert.True(reader.MoveNext());
        return reader.Current;
    }

    [Fact]
    public void NothingHoldsNothing() => Assert.Empty(Read());

    [Fact]
    public void AttributesComeInOrderWithTheirFlagsTakenOff()
    {
        var found = Read(Wire.Attribute(1, [9]), Wire.Attribute(0xc002), Wire.Attribute(3, [1, 2, 3, 4, 5]));
        Assert.Equal([1, 2, 3], found.Select(attribute => attribute.Type));
        Assert.Equal([9], found[0].Value);
        Assert.Empty(found[1].Value);
        Assert.Equal([1, 2, 3, 4, 5], found[2].Value);
    }

    [Fact]
    public void LastPaddingMayBeMissing() => Assert.Equal([7], Read([5, 0, 1, 0, 7])[0].Value);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TrailingBytesAreAnError(int count)
        => Assert.Throws<NetlinkProtocolException>(() => Read(Wire.Attribute(1, Wire.U32(1)), new byte[count]));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(0x7fff)]
    [InlineData(0xffff)]
    public void LengthsThatCannotBeAreAnError(int length)
        => Assert.Throws<NetlinkProtocolException>(() => Read([.. Wire.U16((ushort)length), 1, 0, 1, 2, 3, 4]));

    [Fact]
    public void NestedLengthIsHeldAgainstTheNestNotTheMessage()
    {
        byte[] message = [.. Wire.Attribute(1 | Wire.Nested, [12, 0, 2, 0, 1, 2, 3, 4]),
            .. Wire.Attribute(3, Wire.U32(5))];
        Assert.Throws<NetlinkProtocolException>(() =>
        {
            foreach (var inner in First(message).Nested)
                Assert.Fail($"attribute {inner.Type}");
        });
    }

    [Fact]
    public void SizesMustBeExact()
    {
        for (var size = 0; size <= 9; size++)
        {
            var bytes = Wire.Attribute(1, new byte[size]);
            Check(size == 1, () => First(bytes).AsByte());
            Check(size == 2, () => First(bytes).AsUInt16());
            Check(size == 2, () => First(bytes).AsUInt16BigEndian());
            Check(size == 4, () => First(bytes).AsUInt32());
            Check(size == 4, () => First(bytes).AsInt32());
            Check(size == 4, () => First(bytes).AsUInt32BigEndian());
            Check(size == 8, () => First(bytes).AsUInt64());
            Check(size == 8, () => First(bytes).AsUInt64BigEndian());
        }

        static void Check<T>(bool fits, Func<T> read)
        {
            if (fits)
                read();
            else
                Assert.Throws<NetlinkProtocolException>(() => { read(); });
        }
    }

    [Fact]
    public void ValuesHaveTheRightOrder()
    {
        var two = Wire.Attribute(1, [1, 2]);
        var four = Wire.Attribute(1, [0xff, 2, 3, 4]);
        var eight = Wire.Attribute(1, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal(0x0102, First(two).AsUInt16BigEndian());
        Assert.Equal(0xff020304, First(four).AsUInt32BigEndian());
        Assert.Equal(0x0102030405060708ul, First(eight).AsUInt64BigEndian());
        Assert.Equal(BitConverter.ToUInt16([1, 2]), First(two).AsUInt16());
        Assert.Equal(BitConverter.ToUInt32([0xff, 2, 3, 4]), First(four).AsUInt32());
        Assert.Equal(BitConverter.ToInt32([0xff, 2, 3, 4]), First(four).AsInt32());
        Assert.Equal(BitConverter.ToUInt64([1, 2, 3, 4, 5, 6, 7, 8]), First(eight).AsUInt64());
    }

    [Fact]
    public void StructuresOfOtherKernelsAreFilledOrCut()
    {
        Assert.Equal(0x0201u, First(Wire.Attribute(1, [1, 2])).AsStruct<uint>());
        Assert.Equal(0x04030201u, First(Wire.Attribute(1, [1, 2, 3, 4, 5, 6])).AsStruct<uint>());
        Assert.Equal(0u, First(Wire.Attribute(1)).AsStruct<uint>());
    }

    [Fact]
    public void FindLooksFromHereOnWithoutMoving()
    {
        var reader =
            new AttributeReader(Wire.Join(Wire.Attribute(1, [1]), Wire.Attribute(2, [2]), Wire.Attribute(1, [3])));
        Assert.True(reader.TryFind(1, out var found));
        Assert.Equal(1, found.AsByte());
        Assert.True(reader.MoveNext());
        Assert.True(reader.TryFind(1, out found));
        Assert.Equal(3, found.AsByte());
        Assert.False(reader.TryFind(4, out _));
        Assert.True(reader.MoveNext());
        Assert.Equal(2, reader.Current.AsByte());
    }

    [Fact]
    public void FixedHeaderMustBeThere()
    {
        Assert.Throws<NetlinkProtocolException>(() => new NetlinkReply(16, 0, [1, 2, 3]).Read<uint>(out _));
        var rest = new NetlinkReply(16, 0, [1, 2, 3, 4, .. Wire.Attribute(9, [5])]).Read<uint>(out var header);
        Assert.Equal(0x04030201u, header);
        Assert.True(rest.TryFind(9, out _));
        // A structure of odd size is followed by padding, which may be missing at the end.
        Assert.False(new NetlinkReply(16, 0, [1]).Read<byte>(out _).MoveNext());
        Assert.True(new NetlinkReply(16, 0, [1, 0, 0, 0, .. Wire.Attribute(9, [5])]).Read<byte>(out _).MoveNext());
    }

    [Theory]
    [InlineData(15u)]
    [InlineData(0u)]
    [InlineData(21u)]
    [InlineData(0x7fffffffu)]
    [InlineData(0xfffffffdu)]
    [InlineData(0xffffffffu)]
    public void MessageLengthsThatCannotBeAreAnError(uint length)
    {
        var message = Wire.Message(16, 0, 1, 1, Wire.U32(1));
        Wire.U32(length).CopyTo(message, 0);
        Assert.Throws<NetlinkProtocolException>(() => new MessageReader(message).MoveNext());
    }

    [Fact]
    public void MessagesFollowEachOtherAligned()
    {
        var reader = new MessageReader(Wire.Join(Wire.Message(16, 1, 2, 3, [7]), Wire.Message(17, 4, 5, 6)));
        Assert.True(reader.MoveNext());
        Assert.Equal([7], reader.Current.Payload.ToArray());
        Assert.True(reader.MoveNext());
        Assert.Equal((17, 5u, 6u), (reader.Current.Type, reader.Sequence, reader.PortId));
        Assert.False(reader.MoveNext());
        Assert.Throws<NetlinkProtocolException>(() => new MessageReader(new byte[15]).MoveNext());
    }
}
