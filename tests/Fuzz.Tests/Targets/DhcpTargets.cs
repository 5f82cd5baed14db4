using System.Buffers.Binary;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Fuzz;

/// <summary>What stations on a network say to a DHCP client.</summary>
internal static class DhcpTargets
{
    private static readonly NetLink s_link = new(new LinkData(new NamespaceReference("nowhere"))
    {
        Name = "eth0",
        Index = 2
    });
    private static readonly MacAddress s_mac = MacAddress.Parse("02:00:00:00:00:11");

    // A usual acknowledgement, and one with routes, domains and options in the two fields.
    private static readonly byte[][] s_messages =
    [
        Message("350105 36040a000301 3304ffffffff 0104ffffff00 03080a0003010a000302 06040a000301 0f036c7863 1a0205dc "
            + "3a0400000708 3b0400000c4e ff"),
        Message("340103 350102 36040a000301 330400000e10 0104ffffff00 790e000a000301180a09000a00030200 "
            + "770b036c78630001610362c00000 ff"),
    ];

    public static IEnumerable<Target> All =>
    [
        new("DHCP messages", s_messages, (random, corpus) => random.Spoil(random.Of(corpus)), Read),
        new("DHCP frames", [.. s_messages.Select(Frame)], (random, corpus) => random.Spoil(random.Of(corpus)), bytes =>
        {
            if (DhcpFrames.TryRead(bytes, out _) is { } message)
                Read(message.ToArray());
        }),
    ];

    private static void Read(byte[] bytes)
    {
        if (DhcpMessage.TryParse(bytes) is not { } message)
            return;
        var written = message.ToArray();
        WrongResultException.ThrowUnless(
            DhcpMessage.TryParse(written)?.ToArray().AsSpan().SequenceEqual(written) == true,
                "What was written is read as something else.");
        if (DhcpGrant.TryRead(message, s_mac, DateTimeOffset.UnixEpoch) is { } grant)
            Shown.Look(new DhcpLease(grant, new DhcpIdentity(s_mac, [255, 1], null), s_link));
    }

    private static byte[] Message(string options)
    {
        var message = new byte[300];
        Convert.FromHexString("02010600c0ffee0100000000000000000a0003110a00030100000000020000000011").CopyTo(message,
            0);
        Convert.FromHexString("63825363" + options.Replace(" ", string.Empty,
            StringComparison.Ordinal)).CopyTo(message, 236);
        // The domain "a", in the field for a file's name.
        byte[] inFile = [DhcpOption.DomainName, 1, (byte)'a', DhcpOption.End];
        inFile.CopyTo(message, 108);
        return message;
    }

    private static byte[] Frame(byte[] message)
    {
        var frame = DhcpFrames.Write(s_mac.ToArray(), null, IPAddress.Parse("10.0.3.1"), IPAddress.Broadcast, message);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), DhcpFrames.ServerPort);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), DhcpFrames.ClientPort);
        return frame;
    }
}
