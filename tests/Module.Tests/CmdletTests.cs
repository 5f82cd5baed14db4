using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.Tests;
using LxcNetworking.Values;

namespace LxcNetworking.Module.Tests;

/// <summary>The rules that every cmdlet follows, over the built module.</summary>
public class CmdletTests
{
    // Verbs of cmdlets that only look, or that run what the user gives them.
    private static readonly string[] s_harmless = ["Get", "Find", "Test", "Watch", "Wait", "Invoke", "Enter", "Exit",
        "Import"];

    public static TheoryData<string> Names => [.. Cmdlet.All.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void The_manifest_exports_every_cmdlet_and_nothing_else()
    {
        var manifest = File.ReadAllText(Repository.BuiltManifest);
        var list = Regex.Match(manifest, @"CmdletsToExport\s*=\s*@\((.*?)\n\s*\)", RegexOptions.Singleline)
            .Groups[1].Value;
        var exported = Regex.Matches(list, "^ *'([^']+)'", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(exported.Distinct(), exported);
        Assert.Equal(Cmdlet.All.Keys.Order(StringComparer.Ordinal), exported.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_manifest_and_the_assembly_have_one_version()
        => Assert.Contains($"ModuleVersion          = '{Cmdlet.Assembly.GetName().Version!.ToString(3)}'",
            File.ReadAllText(Repository.BuiltManifest), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Names))]
    public void Follows_the_rules(string name)
    {
        var cmdlet = Cmdlet.All[name];
        Assert.True(ApprovedVerbs.Contains(cmdlet.Verb), $"{cmdlet.Verb} is not an approved verb");
        Assert.False(Regex.IsMatch(cmdlet.Noun, "[^su]s$"), $"{cmdlet.Noun} is a plural");
        Assert.True(cmdlet.Type.IsPublic && cmdlet.Type.IsSealed, "a cmdlet class is public and sealed");
        Assert.Equal($"{cmdlet.Verb}{cmdlet.Noun}Command", cmdlet.Type.Name);

        if (cmdlet.Verb is "Remove" or "Enter" or "Exit")
            Assert.DoesNotContain(cmdlet.OutputTypes, type => type != typeof(void));
        else
            Assert.NotEmpty(cmdlet.OutputTypes);

        if (!s_harmless.Contains(cmdlet.Verb))
            Assert.True(cmdlet.SupportsShouldProcess, "what changes state supports ShouldProcess");
        // Of a whole document that is applied, what was different is what users want to see.
        if (cmdlet.Verb is "Set" or "Move" or "Rename" && cmdlet.Noun != "NetState")
            Assert.True(cmdlet.Has("PassThru"), "Set-, Move- and Rename- emit with -PassThru");
        if (cmdlet.Verb is "New" or "Add" or "Connect" or "Get" or "Remove")
            Assert.False(cmdlet.Has("PassThru"), "New-, Add- and Connect- always emit, Remove- never does");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Takes_objects_for_names_where_they_are_of(string name)
    {
        // Texts that name nothing which a network namespace has.
        string[] others =
        [
            "AddAlternativeName", "Alias", "AlternativeName", "CongestionControl", "Cookie", "Domain", "DnsSearch",
            "Endpoint", "Group", "HostInterfaceName",
            "InterfaceName", "IPAddress", "Kind", "Label", "LinkLayerAddress", "NewName", "Owner", "Path", "PeerCookie",
            "PeerName",
            "PresharedKeyFile", "PrivateKeyFile", "RemoveAlternativeName", "Runtime",
        ];
        var cmdlet = Cmdlet.All[name];
        // A session's name is nothing of the kernel's.
        if (cmdlet.Noun == "NetNamespaceSession" || (!cmdlet.Has("Namespace") && !cmdlet.Has("HostNamespace")))
            return;
        foreach (var property in cmdlet.Type.GetProperties().Where(property => cmdlet.Has(property.Name)))
        {
            var type = property.PropertyType.GetElementType() ?? property.PropertyType;
            if (type == typeof(string) && !others.Contains(property.Name))
                Assert.NotNull(property.GetCustomAttribute<ObjectNameAttribute>(inherit: true));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Takes_addresses_and_times_as_all_do(string name)
    {
        // PowerShell alone would make 0.0.0.10 of 10, and a ten-millionth of a second of 1.
        foreach (var property in Cmdlet.All[name].Type.GetProperties()
            .Where(property => Cmdlet.All[name].Has(property.Name)))
        {
            var attributes = property.GetCustomAttributesData()
                .Select(attribute => attribute.AttributeType.Name).ToArray();
            if ((property.PropertyType.GetElementType() ?? property.PropertyType) == typeof(IPAddress))
                Assert.Contains("StrictAddressAttribute", attributes);
            if (typeof(TextValue).IsAssignableFrom(property.PropertyType.GetElementType()))
            {
                Assert.NotEmpty(attributes.Intersect(
                    ["ListTextAttribute", "StrictAddressAttribute", "ContainerRecordAttribute"]));
            }
            // What an imported object says of a thing that is not there is an empty text.
            if (Cmdlet.All[name].Parameters.Single(parameter => parameter.Name == property.Name)
                .Uses.Any(use => use.ByPropertyName && !use.IsMandatory) && IsOptionalValue(property))
                Assert.NotEmpty(attributes.Intersect(["PropertyTextAttribute", "StrictAddressAttribute"]));
            if (property.PropertyType == typeof(TimeSpan) || property.PropertyType == typeof(TimeSpan?))
                Assert.NotEmpty(attributes.Intersect(["SecondsAttribute", "MillisecondsAttribute"]));
        }
    }

    private static bool IsOptionalValue(System.Reflection.PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null || property.PropertyType.Name == "SwitchParameter"
        || (typeof(TextValue).IsAssignableFrom(property.PropertyType)
            && property.PropertyType != typeof(NamespaceReference));

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_links_and_namespaces_as_all_do(string name)
    {
        var cmdlet = Cmdlet.All[name];
        foreach (var parameter in cmdlet.Parameters.Where(parameter => parameter.Name is "InterfaceAlias"))
        {
            Assert.Equal(["Interface", "Name", "ifAlias"], parameter.Aliases.Intersect(["Name", "Interface", "ifAlias"])
                .Order(StringComparer.Ordinal));
            Assert.All(parameter.Uses,
                use => Assert.True(use.ByPropertyName, "-InterfaceAlias binds by property name"));
        }

        foreach (var parameter in cmdlet.Parameters.Where(parameter => parameter.Name is "InterfaceIndex"))
            Assert.Contains("ifIndex", parameter.Aliases);
        foreach (var parameter in cmdlet.Parameters.Where(parameter => parameter.Name is "Namespace"))
            Assert.All(parameter.Uses, use => Assert.True(use.ByPropertyName, "-Namespace binds by property name"));
        foreach (var parameter in cmdlet.Parameters.Where(parameter => parameter.SupportsWildcards))
            Assert.False(cmdlet.Verb is "New" or "Add" && parameter.Name == "Name", "what is made has a literal name");
    }

    [Fact]
    public void Every_emitted_type_is_the_modules_own_or_the_frameworks()
    {
        var strange = Cmdlet.All.Values.SelectMany(cmdlet => cmdlet.OutputTypes).Distinct()
            .Where(type => !type.FullName!.StartsWith("LxcNetworking.", StringComparison.Ordinal)
                && !type.FullName.StartsWith("System.", StringComparison.Ordinal));
        Assert.Empty(strange);
    }

    // The constants of PowerShell's own verb classes.
    private static HashSet<string> ApprovedVerbs { get; } = new[]
        {
            typeof(VerbsCommon), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic),
                typeof(VerbsLifecycle), typeof(VerbsOther), typeof(VerbsSecurity),
        }
        .SelectMany(type => type.GetFields()).Select(field => (string)field.GetRawConstantValue()!)
        .ToHashSet(StringComparer.Ordinal);
}
