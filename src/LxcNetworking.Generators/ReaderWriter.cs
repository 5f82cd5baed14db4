using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace LxcNetworking.Generators;

/// <summary>Writes what reads attributes from a message and writes them into one.</summary>
internal static class ReaderWriter
{
    private const string Bitfield = "Bitfield32";

    public static void WriteReader(Source source, SetModel model)
    {
        if (!model.HasConstructor)
        {
            source.Add($$"""
                /// <summary>With nothing said.</summary>
                public {{model.Name}}()
                {
                }

                """);
        }

        source.Add($$"""
            /// <summary>Reads attributes; those that are not known are passed over.</summary>
            /// <exception cref="NetlinkProtocolException">An attribute is malformed.</exception>
            internal {{model.Name}}(AttributeReader data)
            {
            """);
        foreach (var property in model.Properties)
        {
            if (AbsentValue(property) is { } absent)
                source.Add($"{property.Name} = {absent};");
        }

        source.Add($$"""
            foreach (var attribute in {{(model.HasReader ? "Attributes(data)" : "data")}})
            {
            switch (attribute.Type)
            {
            """);
        foreach (var group in model.Properties.Where(property => property.Number is not null)
            .GroupBy(property => property.Outer != 0 ? property.Outer
                : property.In == 0 ? property.Number!.Value : property.In))
        {
            WriteCase(source, group.Key, group);
        }

        source.Add("""
            }
            }
            }

            """);
    }

    public static void WriteWriter(Source source, SetModel model)
    {
        source.Add("""
            /// <inheritdoc/>
            internal override void Write(NetlinkRequest data)
            {
            """);
        var written = model.Properties
            .Where(property => property is { Number: not null, Access: not "ReadOnly" }).ToList();
        foreach (var property in written.Where(property => property.Wire != Bitfield && property.In == 0))
            WriteValue(source, property, "data");
        foreach (var nest in written.Where(property => property.In != 0)
            .GroupBy(property => (property.Outer, property.In)))
        {
            var isInner = nest.Key.Outer != 0;
            source.Add($$"""
                if ({{string.Join(" || ", nest.Select(property => $"{property.Name} is not null"))}})
                {
                {{(isInner ? $"data.Nest({nest.Key.Outer}, outer => outer" : "data")}}.Nest({{nest.Key.In}}, nest =>
                {
                """);
            foreach (var property in nest)
                WriteValue(source, property, "nest");
            source.Add($$"""
                }{{(isInner ? ")" : string.Empty)}});
                }
                """);
        }

        foreach (var bits in written.Where(property => property.Wire == Bitfield).GroupBy(property => property.Number))
        {
            source.Add("""
                {
                var bits = default(Bitfield32);
                """);
            foreach (var property in bits)
                source.Add($"bits = bits.With({property.Bit}, {property.Name});");
            source.Add($$"""
                if (bits.Meant != 0)
                    data.Put({{bits.Key}}, bits);
                }
                """);
        }

        source.Add("""
            }

            """);
    }

    private static void WriteCase(Source source, int number, IGrouping<int, PropertyModel> properties)
    {
        var own = properties.Where(property => property.In == 0).ToList();
        var ipv6 = own.Select(property => property.IPv6).FirstOrDefault(other => other != 0);
        source.Add($$"""
            case {{number}}{{(ipv6 == 0 ? string.Empty : $" or {ipv6}")}}:
            {
            """);
        if (own.Any(property => property.Wire == Bitfield))
            source.Add("var bits = attribute.AsStruct<Bitfield32>();");
        foreach (var property in own)
            WriteRead(source, property, "attribute");
        var nested = properties.Where(property => property.In != 0).ToList();
        if (nested.Exists(property => property.Outer != 0))
            WriteInner(source, "attribute", "inner", nested.GroupBy(property => property.In), WriteInnermost);
        else
            WriteInner(source, "attribute", "inner", nested.GroupBy(property => property.Number!.Value), WriteOwn);
        source.Add("""
            break;
            }
            """);
    }

    private static void WriteInnermost(Source source, IEnumerable<PropertyModel> properties)
        => WriteInner(
            source, "inner", "innermost", properties.GroupBy(property => property.Number!.Value),
            (to, own) => WriteRead(to, own.Single(), "innermost"));

    private static void WriteOwn(Source source, IEnumerable<PropertyModel> properties)
        => WriteRead(source, properties.Single(), "inner");

    private static void WriteInner(
        Source source,
        string from,
        string name,
        IEnumerable<IGrouping<int, PropertyModel>> groups,
        Action<Source, IEnumerable<PropertyModel>> write)
    {
        var cases = groups.ToList();
        if (cases.Count == 0)
            return;
        source.Add($$"""
            foreach (var {{name}} in {{from}}.Nested)
            {
            switch ({{name}}.Type)
            {
            """);
        foreach (var group in cases)
        {
            source.Add($"case {group.Key}:");
            write(source, group);
            source.Add("break;");
        }

        source.Add("""
            }
            }
            """);
    }

    private static string? AbsentValue(PropertyModel property) => property switch
    {
        { Absent: { } text, Form: Form.Text or Form.Duration } => $"{property.Type}.Parse({text})",
        { Absent: { } text } => $"({property.Type}){text}",
        { Form: Form.List } => "[]",
        { Form: Form.Map } => $"new {property.Type}(new Dictionary<string, {property.Item}>())",
        { Wire: "Flag" } => "false",
        _ => null,
    };

    private static void WriteRead(Source source, PropertyModel property, string from)
    {
        if (property.ItemNumber is not { } number)
        {
            source.Add($"{property.Name} = {Read(property, property.Form, property.Type, from)};");
            return;
        }

        source.Add($$"""
            var items = new List<{{property.Item}}>();
            foreach (var item in {{from}}.Nested)
            {
            """);
        if (number >= 0)
        {
            source.Add($"""
                if (item.Type != {number})
                    continue;
                """);
        }

        var value = Read(property, property.ItemForm, property.Item, "item");
        source.Add(property.ItemForm is not (Form.Text or Form.String) ? $"items.Add({value});" : $$"""
            if ({{value}} is { } value)
                items.Add(value);
            """);
        source.Add($$"""
            }
            {{property.Name}} = [.. items];
            """);
    }

    private static string Read(PropertyModel property, Form form, string type, string from)
    {
        var value = property.Wire switch
        {
            "U8" => $"{from}.AsByte()",
            "U16" => $"{from}.AsUInt16()",
            "U32" => $"{from}.AsUInt32()",
            "U64" => $"{from}.AsUInt64()",
            "S32" => $"{from}.AsInt32()",
            "U16BigEndian" => $"{from}.AsUInt16BigEndian()",
            "U32BigEndian" => $"{from}.AsUInt32BigEndian()",
            "U64BigEndian" => $"{from}.AsUInt64BigEndian()",
            "Flag" => "true",
            Bitfield => $"bits.Of({property.Bit})",
            "Address" => $"IP.ReadOptional({from})",
            "AnyAddress" => $"IP.Read({from})",
            "Mac" => $"WireValues.ReadOptionalMac({from})",
            "AnyMac" => $"WireValues.ReadMac({from})",
            "Text" => $"{from}.AsString()",
            _ => $"{property.Codec}.Read({from})",
        };
        return (property.Wire, form) switch
        {
            ("Flag" or Bitfield or "Address" or "AnyAddress" or "Mac" or "AnyMac" or "Text" or "Custom", _) => value,
            (_, Form.Boolean) => $"{value} != 0",
            (_, Form.Duration) => $"WireValues.Of(Unit.{property.Unit}, {value})",
            _ => $"({type}){value}",
        };
    }

    private static void WriteValue(Source source, PropertyModel property, string to)
    {
        if (property.Wire == "Flag")
        {
            source.Add($"""
                if ({property.Name} == true)
                    {to}.PutFlag({property.Number});
                """);
            return;
        }

        var name = char.ToLowerInvariant(property.Name[0]) + property.Name.Substring(1) + "Value";
        source.Add($$"""if ({{property.Name}} is { } {{name}})""");
        if (property.ItemNumber is not { } number)
        {
            source.Add($"    {Put(property, property.Form, to, Text(property.Number!.Value), name)};");
            return;
        }

        source.Add($$"""
            {
            {{to}}.Nest({{property.Number}}, list =>
            {
            for (var i = 0; i < {{name}}.Count; i++)
                {{Put(property, property.ItemForm, "list", number >= 0 ? Text(number) : "(ushort)i", $"{name}[i]")}};
            });
            }
            """);
    }

    private static string Put(PropertyModel property, Form form, string to, string number, string value)
    {
        var plain = form switch
        {
            Form.Boolean => $"({value} ? 1 : 0)",
            Form.Duration => $"WireValues.In(Unit.{property.Unit}, {value})",
            _ => value,
        };
        var ipv6 = property.IPv6 == 0 ? number : Text(property.IPv6);
        return property.Wire switch
        {
            "U8" => $"{to}.Put({number}, (byte){plain})",
            "U16" => $"{to}.Put({number}, (ushort){plain})",
            "U32" => $"{to}.Put({number}, (uint){plain})",
            "U64" => $"{to}.Put({number}, (ulong){plain})",
            "S32" => $"{to}.Put({number}, (int){plain})",
            "U16BigEndian" => $"{to}.PutBigEndian({number}, (ushort){plain})",
            "U32BigEndian" => $"{to}.PutBigEndian({number}, (uint){plain})",
            "U64BigEndian" => $"{to}.PutBigEndian({number}, (ulong){plain})",
            "Address" or "AnyAddress" => $"WireValues.PutAddress({to}, {number}, {ipv6}, {value})",
            "Mac" or "AnyMac" => $"{to}.Put({number}, {value}.ToArray())",
            "Text" => $"{to}.PutString({number}, {value})",
            _ => $"{property.Codec}.Write({to}, {number}, {value})",
        };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
