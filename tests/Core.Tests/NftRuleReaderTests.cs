using LxcNetworking.Netfilter;
using LxcNetworking.Netlink;

namespace LxcNetworking.Tests;

/// <summary>The reader of rules against what no kernel of today sends: it gives a rule, nothing, or a typed error, and never more than is there.</summary>
public class NftRuleReaderTests
{
    private const int Iterations = 20_000;

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

    [Fact]
    public void Spoilt_rules_give_nothing_or_a_typed_error()
    {
        var random = new Random(20_261_120);
        var originals = Rules.Select(rule => (Rule: rule, Bytes: Expressions(rule))).ToArray();
        for (var i = 0; i < Iterations; i++)
        {
            var (rule, bytes) = originals[random.Next(originals.Length)];
            var spoilt = bytes.ToArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
                spoilt[random.Next(spoilt.Length)] = (byte)(random.Next(3) == 0 ? random.Next(256) : random.Next(17));
            if (random.Next(4) == 0)
                spoilt = spoilt[..random.Next(spoilt.Length)];
            try
            {
                if (NftRuleReader.Read(new AttributeReader(spoilt)) is not { } body)
                    continue;
                // What is read as a rule must also be fit to be looked at.
                foreach (var comment in new[] { rule.Comment, "NetNat web", "NetNatStaticMapping web" })
                {
                    var kernels = new NftRule(rule.Chain.Name, 1, comment, body);
                    _ = NatRules.RankOf(kernels);
                    _ = NatRules.ReadNat(kernels);
                    _ = NatRules.ReadMapping(kernels, _ => [(80, 8080), (81, 65535), (7, 0)]);
                }
            }
            catch (NetlinkProtocolException)
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"Iteration {i}: {Convert.ToHexString(spoilt)}: {e}");
            }
        }
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
        var nat6 = new NetNatSpec("web", new IPPrefix("fd00:3::/61")) { ExternalInterfaceAlias = "fifteen-bytes-x", ExternalIPAddress = System.Net.IPAddress.Parse("2001:db8::1") };
        var mapping = new NetNatStaticMappingSpec("web", System.Net.IPAddress.Parse("10.0.3.10")) { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(80) };
        NetNatStaticMappingSpec[] mappings = [
            mapping,
            mapping with { ExternalPort = new PortRange(80, 90) },
            mapping with { ExternalPort = new PortRange(80, 81), InternalPort = new PortRange(8080, 8081) },
            mapping with { InternalPort = new PortRange(8080), ExternalIPAddress = System.Net.IPAddress.Parse("192.0.2.1") },
            mapping with { Protocol = null, ExternalPort = null, ExternalIPAddress = System.Net.IPAddress.Parse("192.0.2.1") },
        ];
        return [.. NatRules.Of(nat), .. NatRules.Of(nat6), .. mappings.SelectMany(item => NatRules.Of(TranslationOperations.Validate(item), nat, () => ("__map0", 1)))
            .Where(rule => rule.Chain != NatRules.Output)];
    }

    private sealed class Recorder(Action<byte[]> sent) : INetlinkChannel
    {
        private byte[] _answer = [];

        public uint PortId => 1;

        public void Send(ReadOnlySpan<byte> datagram)
        {
            sent(datagram.ToArray());
            _answer = [.. BitConverter.GetBytes(36), .. BitConverter.GetBytes((ushort)2), .. BitConverter.GetBytes((ushort)0x100), .. datagram[8..12], .. BitConverter.GetBytes(1), .. new byte[4], .. datagram[..16]];
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
