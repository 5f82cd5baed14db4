using System.Buffers;
using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class RequestTests
{
    private static byte[] Seal(NetlinkRequest request) => request.Seal(7, 9, NetlinkFlags.Ack).ToArray();

    [Fact]
    public void HeaderCarriesLengthTypeFlagsSequenceAndPort()
    {
        using var request = new NetlinkRequest(16, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        Assert.Equal(Wire.Message(16, 0x605, 7, 9), Seal(request));
        Assert.Equal(NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Request, request.Flags);
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(1, 24)]
    [InlineData(3, 24)]
    [InlineData(4, 24)]
    [InlineData(5, 28)]
    public void AttributesArePaddedButTheirLengthIsNot(int size, int total)
    {
        using var request = new NetlinkRequest(16).Put(5, Enumerable.Repeat((byte)0xff, size).ToArray());
        var bytes = Seal(request);
        Assert.Equal(total, bytes.Length);
        Assert.Equal(4 + size, BitConverter.ToUInt16(bytes, 16));
        Assert.All(bytes[(20 + size)..], padding => Assert.Equal(0, padding));
    }

    [Fact]
    public void FixedHeaderIsPaddedBeforeTheFirstAttribute()
    {
        using var request = new NetlinkRequest(16).Header((byte)0xab).Put(5, (byte)1);
        Assert.Equal(Wire.Message(16, 5, 7, 9, [0xab, 0, 0, 0], Wire.Attribute(5, [1])), Seal(request));
    }

    [Fact]
    public void NestsHoldTheirContentAndItsPadding()
    {
        using var request = new NetlinkRequest(16)
            .Nest(18, info => info.PutString(1, "veth")
                .Nest(2, data => data.Nest(1, peer => peer.PutRaw(0x11223344).PutString(3, "b"))))
            .PutFlag(4);
        var expected = Wire.Message(
            16, 5, 7, 9,
            Wire.Attribute(18 | Wire.Nested, Wire.Text(1, "veth"),
                Wire.Attribute(2 | Wire.Nested,
                    Wire.Attribute(1 | Wire.Nested, Wire.U32(0x11223344), Wire.Text(3, "b")))),
            Wire.Attribute(4));
        Assert.Equal(expected, Seal(request));
    }

    [Fact]
    public void StringsEndWithNulAndUndoEscapes()
    {
        using var request = new NetlinkRequest(16).PutString(3, "a\\x1b\\x5cé");
        Assert.Equal(Wire.Message(16, 5, 7, 9, Wire.Attribute(3, [(byte)'a', 0x1b, (byte)'\\', 0xc3, 0xa9, 0])),
            Seal(request));
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\\x00b")]
    [InlineData("\0")]
    public void StringsThatTheKernelWouldCutAreRefused(string text)
    {
        using var request = new NetlinkRequest(16);
        Assert.Throws<ArgumentException>(() => request.PutString(3, text));
        Assert.Equal(16, request.Length);
    }

    [Fact]
    public void NumbersAreHostOrderUnlessSaidOtherwise()
    {
        using var request = new NetlinkRequest(16)
            .Put(1, (ushort)0x0102).Put(2, 0x01020304u).Put(3, 0x0102030405060708ul)
            .PutBigEndian(4, (ushort)0x0102).PutBigEndian(5, 0x01020304u).PutBigEndian(6, 0x0102030405060708ul);
        Assert.Equal(
            Wire.Message(
                16, 5, 7, 9,
                Wire.Attribute(1, Wire.U16(0x0102)), Wire.Attribute(2, Wire.U32(0x01020304)),
                Wire.Attribute(3, BitConverter.GetBytes(0x0102030405060708ul)),
                Wire.Attribute(4, [1, 2]), Wire.Attribute(5, [1, 2, 3, 4]),
                Wire.Attribute(6, [1, 2, 3, 4, 5, 6, 7, 8])),
            Seal(request));
    }

    [Fact]
    public void BufferGrowsWithoutLosingWhatIsThere()
    {
        using var request = new NetlinkRequest(16);
        var expected = new List<byte[]>();
        for (ushort i = 1; i <= 300; i++)
        {
            var value = Enumerable.Repeat((byte)i, i).ToArray();
            request.Put(i, value);
            expected.Add(Wire.Attribute(i, value));
        }

        Assert.Equal(Wire.Message(16, 5, 7, 9, [.. expected]), Seal(request));
    }

    [Fact]
    public void NestStaysRightWhenTheBufferMovesUnderIt()
    {
        var large = new byte[5000];
        using var request = new NetlinkRequest(16)
            .Nest(1, outer => outer.Nest(2, inner => inner.Put(3, large)).PutFlag(4));
        Assert.Equal(
            Wire.Message(16, 5, 7, 9,
                Wire.Attribute(1 | Wire.Nested, Wire.Attribute(2 | Wire.Nested, Wire.Attribute(3, large)),
                    Wire.Attribute(4))),
            Seal(request));
    }

    [Fact]
    public void LargestAttributeFitsAndALargerOneIsRefused()
    {
        using var request = new NetlinkRequest(16).Put(1, new byte[65531]);
        Assert.Equal(16 + 65536, request.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => request.Put(1, new byte[65532]));
        Assert.Throws<NetlinkProtocolException>(() =>
            request.Nest(2, nest => nest.Put(1, new byte[40000]).Put(1, new byte[40000])));
    }

    [Fact]
    public void DisposedRequestIsRefused()
    {
        var request = new NetlinkRequest(16);
        request.Dispose();
        request.Dispose();
        Assert.Throws<ObjectDisposedException>(() => request.PutFlag(1));
        Assert.Throws<ObjectDisposedException>(() => Seal(request));
        var inside = new NetlinkRequest(16);
        Assert.Throws<ObjectDisposedException>(() => inside.Nest(1, nest => nest.Dispose()));
    }

    [Theory]
    [InlineData(100)] // stays in the first buffer
    [InlineData(3000)] // the first buffer is given back on the way
    public void SecretsDoNotStayInThePool(int size)
    {
        // A thread of its own has pool buckets of its own: what it returns is what it rents next.
        OwnThread.Run(() =>
        {
            var secret = Enumerable.Range(0, size).Select(i => "netlink secret!!"[i % 16])
                .Select(c => (byte)c).ToArray();
            var request = new NetlinkRequest(16).Put(1, new byte[80]).Put(2, secret.AsSpan(0, 100)).Put(3, secret);
            using (var connection = new NetlinkConnection(new FakeKernel()))
                connection.Execute(request);
            request.Dispose();
            for (var length = 16; length <= 8192; length *= 2)
                Assert.Equal(-1, ArrayPool<byte>.Shared.Rent(length).AsSpan().IndexOf("netlink secret!!"u8));
        });
    }

    [Fact]
    public void StructureInsideANestIsNotTakenForAnAttribute()
    {
        // 0x0001000c reads as an attribute header of 12 bytes.
        using var request = new NetlinkRequest(16).Header(0ul)
            .Nest(1, peer => peer.PutRaw(0x0001000c).PutRaw(0x0001000c).PutString(3, "x"));
        Assert.Equal([1, 3], request.PathTo(16 + 8 + 4 + 8));
    }

    [Fact]
    public void PathsNameWhatStandsAtAnOffset()
    {
        using var request = new NetlinkRequest(16).Header(0ul).Put(1, 5)
            .Nest(2, nest => nest.Put(3, (byte)1).Nest(4, inner => inner.Put(5, 1ul)));
        Assert.Equal([1], request.PathTo(24));
        Assert.Equal([1], request.PathTo(28)); // its payload
        Assert.Equal([2], request.PathTo(32));
        Assert.Equal([2, 3], request.PathTo(36));
        Assert.Equal([2, 4], request.PathTo(44));
        Assert.Equal([2, 4, 5], request.PathTo(48));
        Assert.Empty(request.PathTo(0));
        Assert.Empty(request.PathTo(20)); // the fixed structure
        Assert.Empty(request.PathTo(60));
        Assert.Empty(request.PathTo(uint.MaxValue));
    }

    [Fact]
    public void PathsSurviveContentThatOnlyClaimsToBeNested()
    {
        using var request = new NetlinkRequest(16)
            .Put((ushort)(1 | Wire.Nested), [0xff, 0xff, 1, 0x80, 0xff, 0xff, 1, 0x80]);
        for (uint offset = 0; offset < 70000; offset++)
            _ = request.PathTo(offset);
    }
}
