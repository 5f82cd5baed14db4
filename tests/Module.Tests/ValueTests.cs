using System.Collections;
using System.Reflection;
using System.Xml.Linq;
using LxcNetworking.Addressing;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Tests;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Module.Tests;

/// <summary>What every emitted object is made of: plain values of the framework, values with a text, lists of such, and
/// other objects.</summary>
public class ValueTests
{
    // What every format writes as one text or number: ConvertTo-Json, Export-Csv, Export-Clixml.
    private static readonly Type[] s_plain =
    [
        typeof(string), typeof(bool), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(DateTimeOffset),
        // What is secret is in no format.
        typeof(System.Security.SecureString),
        // The object that an event is about.
        typeof(object),
    ];

    private static readonly Dictionary<Type, string[]> s_examples = new()
    {
        [typeof(IPAddress)] = ["9.0.0.1", "10.0.3.20", "10.0.3.100", "10.0.20.1", "2001:db8::9",
            "2001:db8::10", "fe80::1%2"],
        [typeof(IPPrefix)] = ["9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16", "10.0.3.20/24", "10.0.3.100/24", "fd00::9/64",
            "fd00::10/64"],
        [typeof(MacAddress)] = ["00:00:00:00:00:01", "02:00:00:00:00:09", "02:00:00:00:00:10", "ff:ff:ff:ff:ff:ff"],
        [typeof(LinkLayerAddress)] =
        [
            "10.0.0.9", "10.0.0.10", "02:00:00:00:00:09", "02:00:00:00:00:10", "02:00:00:00:00:00:00:09",
            "0011:0022:0033:0044:0055:0066:0077:0088", "2001:db8::9",
        ],
        [typeof(LxcNetworking.Bridges.MulticastGroup)] =
            ["224.0.0.5", "239.1.1.1", "ff02::1", "ff0e::7", "01:00:5e:00:00:01"],
        [typeof(RouteTable)] = ["9", "10", "100", "default", "main", "local", "1000"],
        [typeof(NextHopMember)] = ["7", "7 weight 3", "9", "10"],
        [typeof(RouteEncapsulation)] = ["ip id 1", "ip id 2 dst 10.0.0.1", "seg6 mode encap segs fd00::1,fd00::2"],
        [typeof(PortRange)] = ["80", "80-90", "443", "8080"],
        [typeof(Percentage)] = ["0.0000001%", "0.5%", "1%", "9%", "10%", "100%"],
        [typeof(BitRate)] = ["8bit", "500kbit", "9Mbit", "10Mbit", "1.234567891Gbit", "1.5Gbit", "10Tbit"],
        [typeof(VniRange)] = ["9", "10", "10-20", "1000"],
        [typeof(VxlanHeaderBits)] = ["0x0000000000000009", "0x0000000000000010", "0xf7ffffff000000ff"],
        [typeof(UserIdRange)] = ["9", "10", "10-20", "1000"],
        [typeof(Duration)] = ["00:00:00.0100000", "00:00:09", "00:10:00", "1.00:00:00", "10.00:00:00", "forever"],
        [typeof(EndpointAddress)] = ["9.0.0.1:80", "10.0.0.1:80", "10.0.0.1:443", "[2001:db8::1]:51820"],
        [typeof(NamespaceReference)] = ["/proc/1/ns/net", "host", "lxc:web", "web"],
        [typeof(ContainerReference)] = ["docker:db", "web"],
        [typeof(VlanProtocol)] = ["802.1Q", "802.1ad"],
        [typeof(WireGuardPublicKey)] =
        ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "ABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
    };

    private static readonly Dictionary<Type, Type> s_framework = new()
    {
        [typeof(IPAddress)] = typeof(System.Net.IPAddress),
        [typeof(Duration)] = typeof(TimeSpan),
        [typeof(EndpointAddress)] = typeof(System.Net.IPEndPoint),
    };

    public static TheoryData<Type> Values =>
        [.. typeof(TextValue).Assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && typeof(TextValue).IsAssignableFrom(type))];

    public static TheoryData<Type> Objects => [.. Reachable()];

    [Theory]
    [MemberData(nameof(Objects))]
    public void Every_property_has_a_text_in_every_format(Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            Assert.True(IsFit(property.PropertyType),
                $"{type}.{property.Name} is of the type {property.PropertyType}, which has no text in every format: " +
                    "take a TextValue, a ValueList or a ValueMap");
            if (Parts(property.PropertyType).Single() is { IsClass: true } part && IsOurs(part))
                Assert.True(part.GetMethod(nameof(ToString), Type.EmptyTypes)!.DeclaringType != typeof(object),
                    $"{part}, of {type}.{property.Name}, has no text");
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Text_goes_there_and_back(Type type)
    {
        Assert.True(s_examples.ContainsKey(type), $"{type} needs examples here, in their order");
        Assert.All(s_examples[type], text =>
        {
            var (one, other) = (Read(type, text), Read(type, text));
            Assert.Equal(text, one.ToString());
            Assert.Equal(text, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{one}"));
            Assert.Equal(text, System.ComponentModel.TypeDescriptor.GetConverter(type).ConvertToInvariantString(one));
            Assert.True(one.Equals(other) && one == other && one.GetHashCode() == other.GetHashCode(),
                $"{text} is not itself");
            Assert.False(one.Equals(null) || one.Equals((object)text) || one != other);
        });
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Order_is_that_of_the_values(Type type)
    {
        var texts = s_examples[type];
        Assert.Equal(texts, texts.Reverse().Select(text => Read(type, text)).Order().Select(value => value.ToString()));
        for (var i = 1; i < texts.Length; i++)
            Assert.True(Read(type, texts[i - 1]) < Read(type, texts[i])
                && Read(type, texts[i - 1]) != Read(type, texts[i]));
        Assert.Equal(1, Read(type, texts[0]).CompareTo(null));
        Assert.Throws<ArgumentException>(() => Read(type, texts[0]).CompareTo(texts[0]));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void What_is_no_text_of_it_is_refused(Type type)
    {
        // Every text can be a namespace or a container.
        if (type == typeof(NamespaceReference) || type == typeof(ContainerReference))
            return;
        Assert.Throws<FormatException>(() => Read(type, "no such text"));
        Assert.Throws<FormatException>(() => Read(type, string.Empty));
    }

    [Fact]
    public void The_frameworks_own_types_convert_both_ways()
        => Assert.All(s_framework, pair =>
        {
            var operators = pair.Key.GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(method => method.Name == "op_Implicit").ToArray();
            Assert.Contains(operators, method => method.ReturnType == pair.Value);
            Assert.Contains(operators, method => method.GetParameters()[0].ParameterType == pair.Value);
        });

    [Fact]
    public void Lists_and_maps_have_a_text()
    {
        Assert.Equal("10.0.3.1/24, fd00::1/64",
            ((ValueList<IPPrefix>)[new("10.0.3.1/24"), new("fd00::1/64")]).ToString());
        Assert.Equal("0:3, 5:1", new ValueMap<int>(new Dictionary<string, int> { ["0"] = 3, ["5"] = 1 }).ToString());
        Assert.Equal(string.Empty, ((ValueList<int>)[]).ToString());
    }

    [Fact]
    public void The_module_tells_PowerShell_to_show_and_write_the_text()
    {
        var types = XDocument.Load(Repository.File("Module", "LxcNetworking.Types.ps1xml"))
            .Descendants("Type").ToArray();
        Assert.Contains(types, type => type.Element("Name")!.Value == typeof(TextValue).FullName
            && type.Descendants("NoteProperty")
            .Any(note => note.Element("Name")!.Value == "SerializationMethod"
                && note.Element("Value")!.Value == "String"));
        Assert.Contains("TypesToProcess         = @('Module/LxcNetworking.Types.ps1xml')",
            File.ReadAllText(Repository.BuiltManifest), StringComparison.Ordinal);
    }

    // As PowerShell makes a value of a text: Parse, or the constructor.
    private static TextValue Read(Type type, string text)
    {
        var parse = type.GetMethod("Parse", BindingFlags.Public | BindingFlags.Static, [typeof(string)]);
        var constructor = type.GetConstructor([typeof(string)]);
        Assert.True(parse is not null || constructor is not null, $"{type} is made of no text");
        try
        {
            return (TextValue)(parse?.Invoke(null, [text]) ?? constructor!.Invoke([text]));
        }
        catch (TargetInvocationException e)
        {
            throw e.InnerException!;
        }
    }

    private static bool IsFit(Type type) => Nullable.GetUnderlyingType(type) is { } underlying ? IsFit(underlying)
        : type.IsGenericType
        ? (type.GetGenericTypeDefinition() == typeof(ValueList<>)
            || type.GetGenericTypeDefinition() == typeof(ValueMap<>)) && IsFit(type.GetGenericArguments()[0])
        : s_plain.Contains(type) || type.IsEnum || typeof(TextValue).IsAssignableFrom(type)
        || (IsOurs(type) && !typeof(IEnumerable).IsAssignableFrom(type));

    private static Type[] Parts(Type type) => type.IsGenericType ? type.GetGenericArguments()
        : [type.GetElementType() ?? type];

    private static bool IsOurs(Type type) =>
        type.FullName?.StartsWith("LxcNetworking.", StringComparison.Ordinal) == true;

    // What cmdlets emit, what derives from it, and what is in it.
    private static IEnumerable<Type> Reachable()
    {
        var exported = new[] { typeof(TextValue).Assembly, Cmdlet.Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes()).ToArray();
        var found = new HashSet<Type>();
        var left = new Queue<Type>(Cmdlet.All.Values.SelectMany(cmdlet => cmdlet.OutputTypes));
        while (left.TryDequeue(out var type))
        {
            if (!IsOurs(type) || type.IsEnum || typeof(TextValue).IsAssignableFrom(type) || !found.Add(type))
                continue;
            foreach (var derived in exported.Where(type.IsAssignableFrom))
                left.Enqueue(derived);
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                foreach (var part in Parts(property.PropertyType))
                    left.Enqueue(Parts(part).First());
            }
        }

        return found.OrderBy(type => type.FullName, StringComparer.Ordinal);
    }
}
