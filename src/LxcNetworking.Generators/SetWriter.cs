using System.Globalization;
using System.Linq;

namespace LxcNetworking.Generators;

/// <summary>Writes the generated half of a declared type.</summary>
internal static class SetWriter
{
    public static string Write(SetModel model)
    {
        var source = new Source();
        source.Add($$"""
            using System.Collections.Generic;
            using System.Linq;
            using System.Text.Json;
            using LxcNetworking.Declarations;
            using LxcNetworking.Netlink;
            using LxcNetworking.Values;

            namespace {{model.Namespace}};

            partial record {{model.Name}}
            {
            """);
        WriteTable(source, model);
        ReaderWriter.WriteReader(source, model);
        ReaderWriter.WriteWriter(source, model);
        KindWriter.WriteRegistration(source, model);
        return source.Add("}").ToString();
    }

    private static void WriteTable(Source source, SetModel model)
    {
        source.Add($"""
            /// <summary>The declared properties.</summary>
            internal static readonly DeclaredProperty<{model.Name}>[] Properties =
            [
            """);
        foreach (var property in model.Properties.Where(property => property.Form != Form.Unknown))
            WriteProperty(source, model.Name, property);
        source.Add($"""
            ];

            /// <inheritdoc/>
            internal override string? OutOfRange() => Declared.Problem(this, Properties);

            /// <inheritdoc/>
            internal override string? OnlyAtCreation() => Declared.CreateOnly(this, Properties);

            /// <inheritdoc/>
            internal override IEnumerable<(string Name, string? Mine, string? Others)> Differences(AttributeSet other)
                => Declared.Differences(this, ({model.Name})other, Properties);

            /// <summary>The properties that this one says and that another one has not, as a kernel passes over what
            /// it does not know.</summary>
            internal IReadOnlyList<string> Unanswered({model.Name} read)
                => Declared.Unanswered(this, read, Properties);

            """);
        if (model.Kinds.Count > 0)
            WriteOfKind(source, model);
        WriteJson(source, model);
    }

    private static void WriteOfKind(Source source, SetModel model)
    {
        if (model.Properties.Any(property => property.Since is not null))
        {
            source.Add($"""
                /// <inheritdoc/>
                internal override IReadOnlyList<string> UnknownTo(LxcNetworking.Links.LinkDetails? read, bool isDone)
                    => Declared.Unknown(this, read as {model.Name}, isDone, Properties);

                """);
        }

        // Without a property that can change there is nothing to set back.
        if (model.Properties.Any(property => property is { Number: not null, Access: "Always" }))
        {
            source.Add($"""
                /// <inheritdoc/>
                internal override LxcNetworking.Links.LinkSettings? SetBack(
                    LxcNetworking.Links.LinkDetails? before, LxcNetworking.Links.LinkDetails? now)
                    => before is {model.Name} old && now is {model.Name} changed
                        ? Declared.SetBack(new {model.Name}(), this, old, changed, Properties) : null;

                """);
        }
    }

    private static void WriteJson(Source source, SetModel model)
    {
        source.Add($"""
            /// <summary>What this one says, and where it says nothing, what another says.</summary>
            internal {model.Name} Over({model.Name} other) => Declared.Over(this, other, Properties);

            /// <inheritdoc/>
            internal override void WriteJson(Utf8JsonWriter writer) => Declared.WriteJson(this, writer, Properties);

            /// <summary>Writes the JSON schema.</summary>
            internal static void WriteSchema(Utf8JsonWriter writer) => Declared.WriteSchema(writer, Properties);

            """);
        // What has a constructor of its own is only read from the kernel.
        if (!model.HasConstructor)
        {
            source.Add($"""
                /// <summary>Reads JSON.</summary>
                /// <exception cref="System.FormatException">A property is not known, or its value does not
                /// fit.</exception>
                internal static {model.Name} ReadJson(JsonElement json)
                    => Declared.ReadJson(new {model.Name}(), json, Properties);

                """);
        }

        if (!model.OverridesText)
        {
            source.Add("""
                /// <inheritdoc/>
                public override string ToString() => Declared.TextOf(this, Properties);

                """);
        }
    }

    private static void WriteProperty(Source source, string owner, PropertyModel property)
    {
        var range = property.Min is { } min && property.Max is { } max
            ? string.Format(CultureInfo.InvariantCulture, "Min = {0}L, Max = {1}L, ", min, max) : string.Empty;
        var isPublic = property.IsPublic ? "true" : "false";
        var since = property.Since is { } version ? $"Since = \"{version}\", " : string.Empty;
        if (property.Since is not null && (property.Absent is not null || property.Form == Form.List))
            since += "IsLeftOut = true, ";
        var isIndex = property.IsLinkIndex ? "IsLinkIndex = true, " : string.Empty;
        var (access, unit) = (property.Access, property.Unit);
        source.Add($$"""
                new DeclaredProperty<{{owner}}, {{property.Type}}>(
                    "{{property.Name}}",
                    {{TypeOf(property, property.Form, property.Type)}},
                    static owner => Said.Of<{{property.Type}}>(owner.{{property.Name}}),
                    static (owner, value) => owner with { {{property.Name}} = value })
                {
                {{range}}{{since}}{{isIndex}}IsPublic = {{isPublic}}, Access = Access.{{access}}, Unit = Unit.{{unit}},
                },
            """);
    }

    private static string TypeOf(PropertyModel property, Form form, string type) => form switch
    {
        Form.Enumeration => $"DeclaredTypes.Enum<{type}>()",
        Form.OpenEnumeration => $"DeclaredTypes.OpenEnum<{type}>()",
        Form.Flags => $"DeclaredTypes.Enum<{type}>(isFlags: true)",
        Form.Text => $"DeclaredTypes.Text<{type}>({property.Parser})",
        Form.List => $"DeclaredTypes.List({TypeOf(property, property.ItemForm, property.Item)})",
        Form.Map => $"DeclaredTypes.Map({TypeOf(property, property.ItemForm, property.Item)})",
        _ => $"DeclaredTypes.{form}",
    };
}
