using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>The views name types and properties that exist, and their tables fit 100 columns.</summary>
public class FormatTests
{
    private const int Width = 100;

    public static TheoryData<string> Files
        => [.. Directory.EnumerateFiles(Repository.File("Module"), "*.ps1xml", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Top, path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Names_what_exists(string file)
    {
        Assert.Contains($"'{file}'", File.ReadAllText(Repository.BuiltManifest), StringComparison.Ordinal);
        foreach (var view in XDocument.Load(Repository.File(file)).Descendants("View"))
        {
            var types = view.Element("ViewSelectedBy")!.Elements("TypeName")
                .Where(element => !s_objects.Contains(element.Value)).Select(element => Find(element.Value)).ToArray();
            if (view.Descendants("TypeName").Any(element => s_objects.Contains(element.Value)))
                continue;
            Assert.NotEmpty(types);
            foreach (var property in view.Descendants("PropertyName").Select(element => element.Value))
                Assert.All(types,
                    type => Assert.True(HasProperty(type, property), $"{type.FullName} has no property {property}"));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Tables_fit(string file)
    {
        foreach (var table in XDocument.Load(Repository.File(file)).Descendants("TableControl"))
        {
            var name = table.Parent!.Element("Name")!.Value;
            var headers = table.Descendants("TableColumnHeader").ToArray();
            var cells = table.Descendants("TableColumnItem").Count();
            Assert.True(cells % headers.Length == 0, $"{name}: {headers.Length} headers, {cells} cells");
            // A column without a width gets what is left; its label at least.
            var width = headers.Sum(header => (int?)header.Element("Width") ?? header.Element("Label")?.Value.Length
                ?? 1) + headers.Length - 1;
            Assert.True(width <= Width, $"{name} is {width} columns wide");
        }
    }

    // What a document has is no class's.
    private static readonly string[] s_objects = ["LxcNetworking.NetState"];

    // As on Windows, it is one interface's whole configuration.
    private static readonly string[] s_lists = ["LxcNetworking.Addressing.NetIPConfiguration"];

    [Fact]
    public void Every_emitted_type_is_shown_as_a_table()
    {
        var views = Directory.EnumerateFiles(Repository.File("Module"), "*.ps1xml", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).SelectMany(path => XDocument.Load(path).Descendants("View")).ToArray();
        var others = Cmdlet.All.Values.SelectMany(cmdlet => cmdlet.OutputTypes).Distinct()
            .Where(type => type.Namespace?.StartsWith("LxcNetworking", StringComparison.Ordinal) == true)
            .Where(type => Ancestors(type).Select(ancestor => views.FirstOrDefault(view => Selects(view, ancestor)))
                .FirstOrDefault(view => view is not null)?.Element("TableControl") is null);
        Assert.Empty(others.Select(type => type.FullName).Except(s_lists));

        static bool Selects(XElement view, Type type) => view.Element("ViewSelectedBy")!.Elements("TypeName")
            .Any(name => name.Value == type.FullName);
    }

    private static IEnumerable<Type> Ancestors(Type type)
    {
        for (var each = type; each is not null; each = each.BaseType)
            yield return each;
    }

    // TYPE#VIEW is a view that a cmdlet asks for by name.
    private static Type Find(string name)
        => new[] { "LxcNetworking.Netlink", "LxcNetworking.Core", "LxcNetworking.Commands" }.Select(Assembly.Load)
        .Select(assembly => assembly.GetType(name.Split('#')[0])).FirstOrDefault(type => type is not null)
            ?? throw new InvalidOperationException($"There is no type {name}.");

    private static bool HasProperty(Type type, string name)
        => Regex.Split(name, @"\.")[0] is var first
        && type.GetProperty(first, BindingFlags.Public | BindingFlags.Instance) is not null;
}
