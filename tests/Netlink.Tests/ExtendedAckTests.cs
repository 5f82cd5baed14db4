using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class ExtendedAckTests
{
    private const int EINVAL = 22;
    private const ushort MSG = 1, OFFS = 2, COOKIE = 3, MISS_TYPE = 5, MISS_NEST = 6;

    // Offsets: 16 fixed structure, 24 IFNAME, 36 LINKINFO (18), 40 its kind (1), 52 its data (2), 56 an attribute in it
    // (3).
    private static NetlinkRequest Request() => new NetlinkRequest(16)
        .Header(0ul)
        .PutString(3, "veth0")
        .Nest(18, info => info.PutString(1, "macvlan").Nest(2, data => data.Put(3, 1u)));

    private static NetlinkErrorException Refuse(Func<SentMessage, byte[]> answer)
    {
        using var connection = new NetlinkConnection(new FakeKernel().Then(answer));
        using var request = Request();
        return Assert.Throws<NetlinkErrorException>(() => connection.Execute(request));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TextAndNestedAttributeAreTold(bool capped)
    {
        byte[][] extended = [Wire.Text(MSG, "Invalid mode"), Wire.Attribute(OFFS, Wire.U32(56)),
            Wire.Attribute(COOKIE, [1, 2, 3])];
        var refusal = Refuse(request => capped ? Wire.Refusal(request, EINVAL, extended)
            : Wire.UncappedRefusal(request, EINVAL, extended));
        Assert.Equal("Invalid mode (Invalid argument)", refusal.Message);
        Assert.Equal(("Invalid mode", EINVAL, 16), (refusal.KernelMessage, refusal.Errno, refusal.MessageType));
        Assert.Equal([18, 2, 3], refusal.AttributePath);
    }

    [Fact]
    public void PlainErrorThatRepeatsTheRequestIsRead()
        => Assert.Equal((EINVAL, null),
            (Refuse(request => Wire.UncappedRefusal(request, EINVAL)) is var refusal ? refusal.Errno : 0,
                refusal.KernelMessage));

    [Fact]
    public void TextIsMadeHarmless()
        => Assert.StartsWith("bad \\x1b[2Jname",
            Refuse(request => Wire.Refusal(request, EINVAL, Wire.Text(MSG, "bad \u001b[2Jname"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void MissingAttributeIsNamedInItsNest()
    {
        Assert.Equal(
            [18, 2, 7],
            Refuse(request =>
                Wire.Refusal(request, EINVAL, Wire.Attribute(MISS_TYPE, Wire.U32(7)),
                    Wire.Attribute(MISS_NEST, Wire.U32(52)))).AttributePath);
        Assert.Equal([7], Refuse(request => Wire.Refusal(request, EINVAL, Wire.Attribute(MISS_TYPE, Wire.U32(7))))
            .AttributePath);
    }

    [Fact]
    public void UnknownAttributesAreSkipped()
        => Assert.Equal("x",
            Refuse(request =>
                Wire.Refusal(request, EINVAL, Wire.Attribute(99, [1]), Wire.Text(MSG, "x"), Wire.Attribute(4, [1])))
            .KernelMessage);

    [Fact]
    public void WithoutTheFlagWhatFollowsIsNotRead()
    {
        var refusal = Refuse(request => Wire.Message(
            Wire.Error, Wire.Capped, request.Sequence, request.Port, Wire.U32(unchecked((uint)-EINVAL)), request.Header,
            Wire.Text(MSG, "junk")));
        Assert.Null(refusal.KernelMessage);
    }

    [Fact]
    public void WarningOfASuccessIsNoError()
    {
        var kernel = new FakeKernel().Then(request => Wire.Message(
            Wire.Error, Wire.Capped | Wire.AckTlvs, request.Sequence, request.Port, Wire.U32(0), request.Header,
            Wire.Text(MSG, "deprecated")));
        using var connection = new NetlinkConnection(kernel);
        connection.Execute(Request());
    }

    [Fact]
    public void EveryErrnoHasAText()
    {
        for (var errno = 1; errno <= 133; errno++)
            Assert.NotEmpty(new NetlinkErrorException(errno, null, 16, []).Message);
        Assert.Equal(4095, Refuse(request => Wire.Refusal(request, 4095)).Errno);
    }

    public static TheoryData<string, byte[], ushort> Hostile()
    {
        var header = new byte[16];
        byte[] Echo(uint length) => [.. Wire.U32(length), .. new byte[12]];
        var invalid = Wire.U32(unchecked((uint)-EINVAL));
        return new TheoryData<string, byte[], ushort>
        {
            { "no code", [], Wire.Capped },
            { "code only", invalid, Wire.Capped },
            { "header cut", [.. invalid, .. header[..15]], Wire.Capped },
            { "positive code", [.. Wire.U32(5), .. header], Wire.Capped },
            { "code too low", [.. Wire.U32(unchecked((uint)-4096)), .. header], Wire.Capped },
            { "lowest code", [.. Wire.U32(0x80000000), .. header], Wire.Capped },
            { "echo shorter than a header", [.. invalid, .. Echo(15)], 0 },
            { "echo longer than the message", [.. invalid, .. Echo(17)], 0 },
            { "echo of 4 GiB", [.. invalid, .. Echo(uint.MaxValue)], 0 },
            { "echo that wraps", [.. invalid, .. Echo(0x80000010), 1, 2, 3, 4], 0 },
            { "extended part cut", [.. invalid, .. header, 8, 0], Wire.Capped | Wire.AckTlvs },
            { "extended attribute too long", [.. invalid, .. header, 9, 0, 1, 0, 1, 2, 3, 4],
                Wire.Capped | Wire.AckTlvs },
            { "extended attribute of no length", [.. invalid, .. header, 0, 0, 1, 0], Wire.Capped | Wire.AckTlvs },
            { "offset of the wrong size", [.. invalid, .. header, .. Wire.Attribute(OFFS, [1, 2])],
                Wire.Capped | Wire.AckTlvs },
        };
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void MalformedAcknowledgementIsATypedError(string what, byte[] payload, ushort flags)
    {
        var kernel = new FakeKernel()
            .Then(request => Wire.Message(Wire.Error, flags, request.Sequence, request.Port, payload));
        using var connection = new NetlinkConnection(kernel);
        Assert.NotEmpty(what);
        Assert.Throws<NetlinkProtocolException>(() => connection.Execute(Request()));
        connection.Execute(Request());
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0x80000000u)]
    [InlineData(17u)]
    [InlineData(5000u)]
    public void OffsetThatPointsNowhereNamesNothing(uint offset)
        => Assert.Empty(Refuse(request => Wire.Refusal(request, EINVAL, Wire.Attribute(OFFS, Wire.U32(offset))))
            .AttributePath);
}
