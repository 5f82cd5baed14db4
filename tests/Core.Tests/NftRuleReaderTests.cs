using LxcNetworking.Nat;
using LxcNetworking.Netfilter;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>The reader of rules against what the writer writes; Fuzz.Tests has what nobody writes.</summary>
public class NftRuleReaderTests
{
    public static TheoryData<string> Texts => [.. Rules.Select(rule => rule.Body.ToString())];

    private static IReadOnlyList<NatRule> Rules { get; } = MakeRules();

    [Theory]
    [MemberData(nameof(Texts))]
    public void What_was_written_is_read_back(string text)
    {
        var rule = Rules.First(each => each.Body.ToString() == text);
        var read = NftRuleReader.Read(new AttributeReader(Expressions(rule)));
        Assert.Equal(text, read?.ToString());
    }

    private static byte[] Expressions(NatRule rule)
    {
        // The bytes as they are sent, by way of a channel that answers like the kernel.
        byte[]? sent = null;
        using var connection = new NetlinkConnection(new Recorder(bytes => sent = bytes));
        using var request = NfTables.Request(NftMsg.NewRule);
        rule.Body.Write(request);
        connection.Execute(request);
        Assert.True(new AttributeReader(sent.AsSpan(20)).TryFind(Nfta.RuleExpressions, out var expressions));
        return expressions.Value.ToArray();
    }

    private static List<NatRule> MakeRules()
    {
        var nat = new NetNatSpec("web", new IPPrefix("10.0.3.0/23"));
        var nat6 = new NetNatSpec("web", new IPPrefix("fd00:3::/61"))
        {
            ExternalInterfaceAlias = "fifteen-bytes-x",
            ExternalIPAddress = System.Net.IPAddress.Parse("2001:db8::1")
        };
        var mapping = new NetNatStaticMappingSpec("web", System.Net.IPAddress.Parse("10.0.3.10"))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(80) };
        NetNatStaticMappingSpec[] mappings = [
            mapping,
            mapping with { ExternalPort = new PortRange(80, 90) },
            mapping with { ExternalPort = new PortRange(80, 81), InternalPort = new PortRange(8080, 8081) },
            mapping with
            { InternalPort = new PortRange(8080), ExternalIPAddress = System.Net.IPAddress.Parse("192.0.2.1") },
            mapping with
            { Protocol = null, ExternalPort = null, ExternalIPAddress = System.Net.IPAddress.Parse("192.0.2.1") },
        ];
        return [.. NatRules.Of(nat), .. NatRules.Of(nat6),
            .. mappings.SelectMany(item => NatRules.Of(TranslationOperations.Validate(item), nat, () => ("__map0", 1)))
            .Where(rule => rule.Chain != NatRules.Output)];
    }

    private sealed class Recorder(Action<byte[]> sent) : INetlinkChannel
    {
        private byte[] _answer = [];

        public uint PortId => 1;

        public void Send(ReadOnlySpan<byte> datagram)
        {
            sent(datagram.ToArray());
            _answer = [.. BitConverter.GetBytes(36), .. BitConverter.GetBytes((ushort)2),
                .. BitConverter.GetBytes((ushort)0x100), .. datagram[8..12], .. BitConverter.GetBytes(1),
                .. new byte[4], .. datagram[..16]];
        }

        public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
        {
            _answer.CopyTo(buffer, 0);
            return _answer.Length;
        }

        public void Dispose()
        {
        }
    }
}
