namespace LxcNetworking.Generators.Tests;

/// <summary>What is generated for declarations, and what is said of wrong ones.</summary>
public class DeclarationTests
{
    private const string Usings = """
        using LxcNetworking.Declarations;
        using LxcNetworking.Links;
        using LxcNetworking.Links.Kinds;
        using LxcNetworking.Netlink;
        using LxcNetworking.Values;
        namespace Example;

        """;

    [Fact]
    public void A_set_of_attributes_is_read_and_written()
    {
        var compiled = Compiled.Of(Usings + """
            [AttributeSet]
            public sealed partial record EverySort : AttributeSet
            {
                [Nla(1, Wire.U8, Access = Access.CreateOnly)] public int? Ttl { get; init; }
                [Nla(2, Wire.U16BigEndian, Min = 1)] public int? Port { get; init; }
                [Nla(3, Wire.U32)] public long? Large { get; init; }
                [Nla(17, Wire.U64BigEndian, Min = 1)] public long? Larger { get; init; }
                [Nla(4, Wire.Address, IPv6 = 5)] public IPAddress? Remote { get; init; }
                [Nla(6, Wire.U8)] public bool? Learning { get; init; }
                [Nla(7, Wire.U32, Unit = Unit.Seconds, Max = 100)] public Duration? Ageing { get; init; }
                [Nla(8, Wire.U32, Absent = MacvlanMode.Vepa)] public MacvlanMode? Mode { get; init; }
                [Nla(18, Wire.U8)] public IPProtocol? Open { get; init; }
                [Nla(9, Wire.Flag, Access = Access.ReadOnly)] public bool? External { get; init; }
                [Nla(10, Wire.Mac)] public MacAddress? Address { get; init; }
                [Nla(11, Wire.Text)] public string? Name { get; init; }
                [Nla(12, Wire.Address, Item = NlaAttribute.Numbered)] public ValueList<IPAddress>? Targets { get; init; }
                [Nla(13, Wire.U16, Item = 4)] public ValueList<int>? Numbers { get; init; }
                [Nla(14, Wire.Bitfield32, Bit = 1)] public bool? First { get; init; }
                [Nla(14, Wire.Bitfield32, Bit = 8)] public bool? Fourth { get; init; }
                [Nla(5, Wire.Mac, In = 23, Access = Access.ReadOnly)] public MacAddress? Partner { get; init; }
                [Nla(6, Wire.U32, In = 24)] public long? Inner { get; init; }
                [Nla(7, Wire.Text, In = 24)] public string? Word { get; init; }
                [Nla(15, Wire.Custom, Codec = typeof(Ports))] public PortRange? Range { get; init; }
                [Nla(16, Wire.S32)] internal int? Hidden { get; init; }
                [Computed(Max = 7)] public int? Halved { get => Ttl / 2; init => Ttl = value * 2; }
            }

            internal static class Ports
            {
                public static PortRange? Read(NetlinkAttribute attribute) => new(attribute.AsUInt16());

                public static void Write(NetlinkRequest request, ushort type, PortRange value)
                    => request.Put(type, (ushort)value.First);
            }
            """);
        Assert.Empty(compiled.Problems);
        compiled.IsAsBefore("Example.EverySort.g.cs");
    }

    [Fact]
    public void A_link_kind_adds_itself_and_its_link_shows_what_is_declared()
    {
        var compiled = Compiled.Of(Usings + """
            [LinkKind("one", "two", Link = typeof(ExampleLink), Module = "example", HasForwardingTable = true)]
            [LinkKind("three", Link = typeof(ExampleLink), StaysInMachine = true, TakesNoPorts = true)]
            public sealed partial record ExampleSettings : LinkSettings
            {
                [Nla(30, Wire.U8, Since = "6.5")] public bool? Newer { get; init; }
                [Nla(1, Wire.U32)] public int? Vni { get; init; }
                [Nla(2, Wire.U32)] public long? Mtu { get; init; }
                [Nla(3, Wire.U32)] internal long? Raw { get; init; }

                public override string ToString() => $"VNI {Vni}";

                internal static int LeastDataLength(ReadOnlySpan<byte> data) => 0;

                internal static AttributeReader Attributes(AttributeReader data) => data;
            }

            public sealed partial class ExampleLink : NetLink;

            [LinkKind("empty")]
            public sealed partial record EmptySettings : LinkSettings;
            """);
        Assert.Empty(compiled.Problems);
        compiled.IsAsBefore("Example.ExampleSettings.g.cs");
        // All links have an MTU of their own.
        compiled.IsAsBefore("Example.ExampleLink.g.cs");
        compiled.IsAsBefore("Example.EmptySettings.g.cs");
    }

    [Theory]
    [InlineData("[Nla(1, Wire.U8)] public object? Any { get; init; }", "LXN003")]
    [InlineData("[Nla(1, Wire.U8)] public int Always { get; init; }", "LXN004")]
    [InlineData("[Nla(1, Wire.U32)] public Duration? Time { get; init; }", "LXN005")]
    [InlineData("[Nla(1, Wire.U32, Unit = Unit.Seconds)] public int? Time { get; init; }", "LXN005")]
    [InlineData("[Nla(1, Wire.Custom)] public int? Coded { get; init; }", "LXN006")]
    [InlineData("[Nla(1, Wire.U8, Codec = typeof(string))] public int? Coded { get; init; }", "LXN006")]
    [InlineData("[Nla(1, Wire.Mac)] public ValueList<MacAddress>? List { get; init; }", "LXN007")]
    [InlineData("[Nla(1, Wire.U8, Item = 2)] public int? List { get; init; }", "LXN007")]
    [InlineData("[Nla(1, Wire.U8, In = 2, Item = 3)] public ValueList<int>? Nested { get; init; }", "LXN008")]
    [InlineData("[Nla(1, Wire.U8)] public int? Read => 1;", "LXN009")]
    [InlineData("[Nla(1, Wire.Text)] public int? Number { get; init; }", "LXN010")]
    [InlineData("[Nla(1, Wire.Bitfield32)] public bool? Bit { get; init; }", "LXN011")]
    [InlineData("[Nla(1, Wire.Bitfield32, Bit = 1)] public int? Bit { get; init; }", "LXN011")]
    public void A_property_that_cannot_be_is_told_at_its_place(string property, string id)
    {
        var compiled = Compiled.Of(
            $"{Usings}[AttributeSet]\npublic sealed partial record Wrong : AttributeSet\n{{\n    {property}\n}}\n");
        var problem =
            Assert.Single(compiled.Problems, problem => problem.Id.StartsWith("LXN", StringComparison.Ordinal));
        Assert.Equal(id, problem.Id);
        var place = problem.Location.GetLineSpan();
        Assert.Equal(("Source.cs", 9), (place.Path, place.StartLinePosition.Line));
        var line = compiled.Compilation.SyntaxTrees.Single(tree => tree.FilePath == "Source.cs").GetText()
            .Lines[9].ToString();
        var name = line[place.StartLinePosition.Character..place.EndLinePosition.Character];
        Assert.StartsWith($"'{name}' ", problem.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_attribute_that_two_properties_declare_is_told_at_the_type()
    {
        var compiled = Compiled.Of(Usings + """
            [AttributeSet]
            public sealed partial record Twice : AttributeSet
            {
                [Nla(1, Wire.U8)] public int? One { get; init; }
                [Nla(1, Wire.U8)] public int? Other { get; init; }
            }
            """);
        var problem =
            Assert.Single(compiled.Problems, problem => problem.Id.StartsWith("LXN", StringComparison.Ordinal));
        Assert.Equal(("LXN002", "Attribute 1 is declared by One and Other"), (problem.Id, problem.GetMessage()));
    }

    [Fact]
    public void A_type_that_is_not_partial_is_told()
    {
        var compiled = Compiled.Of(Usings + "[AttributeSet]\npublic sealed record Whole : AttributeSet;\n");
        Assert.Contains(compiled.Problems, problem => problem.Id == "LXN001"
            && problem.GetMessage().Contains("'Whole'", StringComparison.Ordinal));
    }

    [Fact]
    public void What_has_not_changed_is_not_generated_again()
    {
        var first = Compiled.Of(Usings + """
            [AttributeSet]
            public sealed partial record Same : AttributeSet
            {
                [Nla(1, Wire.U8)] public int? One { get; init; }
            }
            """);
        var second = first.With("namespace Elsewhere; public class Another;");
        var steps = second.Driver.GetRunResult().Results.SelectMany(result => result.TrackedSteps)
            .Where(step => step.Key == "Declarations").SelectMany(step => step.Value)
            .SelectMany(step => step.Outputs).ToList();
        Assert.NotEmpty(steps);
        Assert.All(steps, step => Assert.True(
            step.Reason is Microsoft.CodeAnalysis.IncrementalStepRunReason.Unchanged
            or Microsoft.CodeAnalysis.IncrementalStepRunReason.Cached));
    }
}
