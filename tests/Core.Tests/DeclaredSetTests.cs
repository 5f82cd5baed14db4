using System.Collections.Immutable;
using System.Reflection;
using CsCheck;
using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What is generated for declared types, with random values.</summary>
public class DeclaredSetTests
{
    private const int Rounds = 300;

    // A property that other code makes of others is set through those, or they through it.
    private static readonly (Type, string)[] s_partsOfOthers =
    [
        (typeof(VxlanSettings), "Destination"), (typeof(VxlanSettings), "MulticastGroup"),
        (typeof(RuleSpec), "Destination"), (typeof(RuleSpec), "Source"),
        (typeof(GreSettings), "InputKey"), (typeof(GreSettings), "OutputKey"),
        (typeof(HsrSettings), "SupervisionAddress"),
    ];

    // What users do not see of these is a part of what they see.
    private static readonly Type[] s_ofParts =
        [typeof(GreSettings), typeof(IPTunnelSettings), typeof(MacsecSettings)];

    // What documents alone have is in no message.
    private static IEnumerable<Type> Sets
        => typeof(AttributeSet).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(AttributeSet))
            && type.Namespace != typeof(LxcNetworking.State.Documents.StateDocument).Namespace);

    public static TheoryData<string> Names => [.. DeclaredSet.All.Select(set => set.Type.Name)];

    public static TheoryData<string> JsonNames
        => [.. DeclaredSet.All.Where(set => set.HasJson).Select(set => set.Type.Name)];

    [Fact]
    public void The_list_has_every_declared_type()
    {
        const BindingFlags Own = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var declared = Sets.Where(type => type.GetField("Properties", Own) is not null);
        Assert.Equal(declared.Select(type => type.Name).Order(), DeclaredSet.All.Select(set => set.Type.Name).Order());
    }

    [Fact]
    public void Only_what_rtnetlink_does_not_tell_or_another_declares_is_not_declared()
    {
        var others = Sets.Where(type => !type.IsAbstract).Except(DeclaredSet.All.Select(set => set.Type));
        Assert.Equal(
            [
                "BridgeVlan", "BridgeVlanGlobal", "L2tpLinkDetails", "NetNextHop", "NetRoute", "NetRule",
                "NextHopChange", "NextHopSpec", "RouteChange", "RouteSpec",
            ],
            others.Select(type => type.Name).Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_is_read_again(string name)
    {
        var set = DeclaredSet.Of(name);
        Any(set, IsOnWire).Sample(
            value =>
            {
                var again = set.Read(DeclaredSet.Written(value));
                Assert.Empty(set.Differing(value, again).Intersect(set.SetIn(value)));
                // What is not said is not written: the reader has nothing for it but what stands for absence.
                var absent = set.Read([]);
                Assert.Empty(set.Differing(again, absent).Except(set.SetIn(value)).Except(PartsOf(set, value)));
            },
            iter: Rounds);
    }

    [Theory]
    [MemberData(nameof(JsonNames))]
    public void What_is_written_as_JSON_is_read_again(string name)
    {
        var set = DeclaredSet.Of(name);
        Any(set, one => one.IsPublic && one.Name != "MulticastGroup").Sample(
            value => Assert.Empty(set.Differing(value, set.ReadJson(DeclaredSet.Json(value)))),
            iter: Rounds);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_one_says_over_another_differs_from_it_where_it_says_something_else(string name)
    {
        var set = DeclaredSet.Of(name);
        var values = Any(set, IsItsOwn);
        Gen.Select(values, values).Sample(
            (said, now) =>
            {
                var over = set.Over(said, now);
                var saying = set.SetIn(said);
                Assert.Empty(set.Differing(over, said).Intersect(saying));
                Assert.Equal(set.Differing(said, now).Intersect(saying), set.Differing(over, now));
                Assert.Equal(NamesOf(said, now).Intersect(saying), NamesOf(over, now));
                Assert.Empty(set.Differing(set.Over(said, set.Empty()), said).Intersect(saying));
                Assert.Empty(set.Differing(set.Over(now, now), now));
            },
            iter: Rounds);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Differences_are_those_of_each_public_property(string name)
    {
        var set = DeclaredSet.Of(name);
        var publics = set.Declarations.Where(one => one.IsPublic).ToList();
        Gen.Select(Any(set, IsItsOwn), Any(set, IsItsOwn)).Sample(
            (one, other) =>
            {
                var differences = one.Differences(other).ToList();
                Assert.Equal(
                    publics.Select(property => property.Name).Where(set.Differing(one, other).Contains),
                    differences.Select(item => item.Name));
                foreach (var (property, mine, others) in differences)
                {
                    Assert.Equal(set.SetIn(one).Contains(property), mine is not null);
                    Assert.Equal(set.SetIn(other).Contains(property), others is not null);
                }

                Assert.Equal(
                    differences.Select(item => (item.Name, item.Others, item.Mine)),
                    other.Differences(one).Select(item => (item.Name, item.Mine, item.Others)));
                Assert.Empty(one.Differences(one));
            },
            iter: Rounds);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_in_its_range_is_not_refused(string name)
        => Any(DeclaredSet.Of(name), IsItsOwn).Sample(value => Assert.Null(value.OutOfRange()), iter: Rounds);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_out_of_its_range_is_refused_by_name(string name)
    {
        var set = DeclaredSet.Of(name);
        foreach (var property in set.Declarations.Where(one => one.Access != Access.ReadOnly && IsItsOwn(one)))
        {
            var (least, most) = LimitsOf(property.Type);
            if (property.Min is { } min && min > least)
                Refused(Numbers(least, min - 1));
            if (property.Max is { } max && max < most)
                Refused(Numbers(max + 1, most));
            if (property.Type.IsEnum && property.Type.GetCustomAttribute<FlagsAttribute>() is null)
                Refused(Gen.Int[1000, int.MaxValue].Select(number => (long)number));

            void Refused(Gen<long> numbers) => numbers.Sample(
                number => Assert.Contains(
                    property.Name,
                    Set(set.Empty(), property, Boxed(property, number)).OutOfRange() ?? string.Empty,
                    StringComparison.Ordinal),
                iter: Rounds / 10);
        }
    }

    [Theory]
    [MemberData(nameof(JsonNames))]
    public void What_JSON_cannot_say_is_refused(string name)
    {
        var set = DeclaredSet.Of(name);
        foreach (var wrong in new[] { "[]", "7", "null", """{"noSuchThing":1}""" })
            Assert.Throws<FormatException>(() => set.ReadJson(System.Text.Json.JsonDocument.Parse(wrong).RootElement));
        foreach (var property in set.Declarations.Where(one => one.IsPublic))
        {
            var key = char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
            foreach (var wrong in new[] { "null", "[[]]", "1.5", "\"\\u0001\"" })
            {
                if (property.Type == typeof(string) && wrong[0] == '"')
                    continue;
                using var json = System.Text.Json.JsonDocument.Parse($$"""{"{{key}}":{{wrong}}}""");
                Assert.Throws<FormatException>(() => set.ReadJson(json.RootElement));
            }
        }
    }

    [Fact]
    public void A_GRE_tunnel_has_what_was_said_of_it_over_both_families()
    {
        var set = DeclaredSet.Of(nameof(GreSettings));
        Gen.Select(
            Any(set, one => one.IsPublic && one.Access != Access.ReadOnly && IsItsOwn(one)),
            Any(set, IsOnWire), Gen.Bool).Sample(
            (said, before, ipv6) =>
            {
                var now = (GreSettings)set.Read(DeclaredSet.Written(before));
                var complete = ((GreSettings)said).Complete(now, ipv6);
                var again = set.Read(DeclaredSet.Written(complete));
                var unknown = ipv6 ? new[] { "IgnoreDf", "PathMtuDiscovery", "IPv4Tos" } : ["IPv4Tos"];
                if (complete.Encapsulation is null or TunnelEncapsulation.None)
                {
                    unknown =
                    [
                        .. unknown, "Encapsulation", "EncapsulationFlags", "EncapsulationSourcePort",
                        "EncapsulationPort",
                    ];
                }

                // The kernel takes the attribute alone for yes.
                var shown = set.SetIn(said).Except(unknown)
                    .Except(((GreSettings)said).IgnoreDf == true ? [] : ["IgnoreDf"]);
                Assert.Empty(set.Differing(again, said).Intersect(shown));
            },
            iter: Rounds);
    }

    private static bool IsOnWire(DeclaredSet.Declaration one)
        => one.Access != Access.ReadOnly && one.Member.GetCustomAttribute<NlaAttribute>() is not null;

    private static bool IsItsOwn(DeclaredSet.Declaration one)
        => !s_partsOfOthers.Contains((one.Member.DeclaringType!, one.Name))
        && (one.IsPublic || !s_ofParts.Contains(one.Member.DeclaringType));

    // What other code makes of what is said is told too, and all bits of an attribute.
    private static IEnumerable<string> PartsOf(DeclaredSet set, AttributeSet value)
        => set.SetIn(value).Count == 0 ? [] : set.Declarations
            .Where(one => one.Member.GetCustomAttribute<NlaAttribute>() is null or { Wire: Wire.Bitfield32 })
            .Select(one => one.Name);

    private static IEnumerable<string> NamesOf(AttributeSet one, AttributeSet other)
        => one.Differences(other).Select(item => item.Name);

    private static Gen<AttributeSet> Any(DeclaredSet set, Func<DeclaredSet.Declaration, bool> which)
        => set.Declarations.Where(which).Aggregate(
            Gen.Const(ImmutableList<(DeclaredSet.Declaration Property, object? Value)>.Empty),
            (list, property) => Gen.Select(
                list,
                Gen.Bool,
                ValueOf(property),
                (before, isSaid, value) => isSaid ? before.Add((property, value)) : before))
            .Select(values => values.Aggregate(set.Empty(), (made, item) => Set(made, item.Property, item.Value)));

    private static AttributeSet Set(AttributeSet made, DeclaredSet.Declaration property, object? value)
    {
        property.Member.SetValue(made, value);
        return made;
    }

    private static Gen<object> ValueOf(DeclaredSet.Declaration property) => property.Type switch
    {
        var type when type == typeof(bool) => Gen.Bool.Select(value => (object)value),
        var type when type == typeof(int) || type == typeof(long) || type == typeof(uint) || type == typeof(Duration)
            => Numbers(property.Min ?? 0, property.Max ?? 1000).Select(number => Boxed(property, number)),
        var type when type.IsEnum && type.GetCustomAttribute<FlagsAttribute>() is not null
            => Gen.Int[0, (int)Math.Min(property.Max ?? int.MaxValue, int.MaxValue)]
                .Select(number => Enum.ToObject(type, number)),
        var type when type.GetCustomAttribute<OpenEnumAttribute>() is not null
            => Gen.Int[0, byte.MaxValue].Select(number => Enum.ToObject(type, number)),
        var type when type.IsEnum => Gen.OneOf<object>([.. Enum.GetValues(type).Cast<object>()]),
        var type when type == typeof(string) => Gen.String[Gen.Char['a', 'z'], 1, 15].Select(text => (object)text),
        var type when type == typeof(IPAddress) => Addresses.Select(address => (object)address),
        var type when type == typeof(MacAddress) => MacAddresses.Select(address => (object)address),
        var type when type == typeof(LinkLayerAddress)
            => Gen.Byte.Array[1, LinkLayerAddress.MaxLength].Select(bytes => (object)new LinkLayerAddress(bytes)),
        var type when type == typeof(PortRange) => Gen.Select(
            Gen.Int[1, 65535],
            Gen.Int[1, 65535],
            (one, other) => (object)new PortRange(Math.Min(one, other), Math.Max(one, other))),
        var type when type == typeof(VxlanHeaderBits)
            => Gen.ULong.Select(bits => (object)new VxlanHeaderBits($"0x{bits:x}")),
        var type when type == typeof(VlanProtocol) => Gen.OneOf<object>(VlanProtocol.Dot1Q, VlanProtocol.Dot1Ad),
        var type when type == typeof(ValueList<IPAddress>)
            => Addresses.Array[0, 4].Select(items => (object)new ValueList<IPAddress>(items)),
        var type when type == typeof(ValueList<MacAddress>)
            => MacAddresses.Array[0, 4].Select(items => (object)new ValueList<MacAddress>(items)),
        // Numbers of bits.
        var type when type == typeof(ValueList<int>)
            => Gen.Int[0, 31].HashSet[0, 5].Select(bits => (object)new ValueList<int>([.. bits.Order()])),
        var type when type == typeof(ValueList<NextHopMember>) => Gen.Select(
            Numbers(1, uint.MaxValue),
            Gen.Int[1, NextHopMember.MaxWeight],
            (id, weight) => new NextHopMember(id, weight))
            .Array[0, 4].Select(items => (object)new ValueList<NextHopMember>(items)),
        var type when type == typeof(ValueMap<long>) => Gen.Dictionary(Gen.UInt, Gen.UInt)[0, 4].Select(
            pairs => (object)new ValueMap<long>(pairs.ToDictionary(pair => $"{pair.Key}", pair => (long)pair.Value))),
        var type when type == typeof(IPPrefix) => Gen.Select(
            Addresses,
            Gen.Int[1, 32],
            (address, length) => (object)new IPPrefix($"{address}/{length}")),
        var type when type == typeof(RouteTable)
            => Numbers(1, uint.MaxValue).Select(number => (object)RouteTable.Of((uint)number)),
        var type when type == typeof(UserIdRange) => Gen.Select(
            Numbers(0, uint.MaxValue - 1),
            Numbers(0, uint.MaxValue - 1),
            (one, other) => (object)new UserIdRange(Math.Min(one, other), Math.Max(one, other))),
        var type when type == typeof(WireGuard.WireGuardPublicKey)
            => Gen.Byte.Array[32].Select(bytes => (object)new WireGuard.WireGuardPublicKey(bytes)),
        var type => throw new NotSupportedException($"{property.Name}: nothing makes a {type}."),
    };

    private static Gen<IPAddress> Addresses => Gen.Select(Gen.Bool, Gen.Byte.Array[16], (ipv6, bytes) =>
    {
        // Neither a multicast group nor none.
        bytes[0] = (byte)(bytes[0] & 0x7f | 1);
        return new IPAddress(ipv6 ? bytes : bytes[..4]);
    });

    private static Gen<MacAddress> MacAddresses => Gen.Byte.Array[6].Select(bytes =>
    {
        bytes[5] |= 1;
        return new MacAddress(bytes);
    });

    private static Gen<long> Numbers(long min, long max)
        => Gen.OneOf<long>(Gen.OneOf<long>(min, max), Gen.Long[min, max]);

    // What a property of the type can hold at all; an enumeration's values are not between two numbers.
    private static (long Least, long Most) LimitsOf(Type type)
        => type == typeof(int) ? (int.MinValue, int.MaxValue)
            : type == typeof(uint) ? (0, uint.MaxValue)
            : type == typeof(long) ? (long.MinValue, long.MaxValue)
            : type == typeof(Duration) ? (-1, uint.MaxValue)
            : type.GetCustomAttribute<FlagsAttribute>() is not null ? (0, int.MaxValue) : (0, 0);

    private static object Boxed(DeclaredSet.Declaration property, long number) => property.Type switch
    {
        var type when type == typeof(int) => (int)number,
        var type when type == typeof(uint) => (uint)number,
        var type when type == typeof(Duration) => number < 0
            ? new Duration(TimeSpan.FromSeconds(number)) : WireValues.Of(property.Unit, (uint)number),
        var type when type.IsEnum => Enum.ToObject(type, number),
        _ => number,
    };
}
