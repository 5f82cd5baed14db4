using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LxcNetworking.Generators;

/// <summary>Reads declarations out of the compiler's symbols.</summary>
internal static class DeclarationReader
{
    private const string Nla = "LxcNetworking.Declarations.NlaAttribute";
    private const string Computed = "LxcNetworking.Declarations.ComputedAttribute";

    private static readonly SymbolDisplayFormat s_name = SymbolDisplayFormat.FullyQualifiedFormat;

    // What the kernel's types hold, and what the property's types do.
    private static readonly Dictionary<string, long> s_largest = new()
    {
        ["U8"] = byte.MaxValue,
        ["U16"] = ushort.MaxValue,
        ["U16BigEndian"] = ushort.MaxValue,
        ["U32"] = uint.MaxValue,
        ["U32BigEndian"] = uint.MaxValue,
        ["S32"] = int.MaxValue,
        ["U64"] = long.MaxValue,
        ["U64BigEndian"] = long.MaxValue,
    };

    /// <summary>Reads a type with [LinkKind] or [AttributeSet].</summary>
    public static SetModel Read(INamedTypeSymbol type, IEnumerable<AttributeData> attributes)
    {
        var problems = new List<Problem>();
        var properties = Members(type)
            .Select(member => ReadProperty(member, problems)).OfType<PropertyModel>().ToList();
        foreach (var twice in properties.Where(item => item.Number is not null)
            .GroupBy(item => (item.Outer, item.In, item.Number, item.Bit)).Where(group => group.Count() > 1))
        {
            var names = string.Join(" and ", twice.Select(item => item.Name));
            problems.Add(At(type, "LXN002", $"Attribute {twice.Key.Number} is declared by {names}"));
        }

        if (!IsPartial(type))
            problems.Add(At(type, "LXN001", $"'{type.Name}' must be partial, as its reader and writer are generated"));
        return new SetModel(
            type.ContainingNamespace.ToDisplayString(),
            type.Name,
            type.GetMembers("ToString").OfType<IMethodSymbol>()
                .Any(method => method.Parameters.Length == 0 && !method.IsImplicitlyDeclared),
            HasStatic(type, "Attributes"),
            type.InstanceConstructors.Any(method => method.Parameters.Length == 0 && !method.IsImplicitlyDeclared),
            new EquatableList<KindModel>(attributes
                .Where(item => item.AttributeClass!.Name == "LinkKindAttribute").Select(item => ReadKind(type, item))),
            new EquatableList<PropertyModel>(properties),
            new EquatableList<Problem>(problems));
    }

    /// <summary>The declared properties of a type, in the order of their declaration.</summary>
    public static IEnumerable<IPropertySymbol> Members(INamedTypeSymbol type)
        => type.GetMembers().OfType<IPropertySymbol>().Where(member => Declaration(member) is not null);

    /// <summary>A property's [Nla] or [Computed].</summary>
    public static AttributeData? Declaration(ISymbol member)
        => member.GetAttributes().FirstOrDefault(item => item.AttributeClass?.ToDisplayString() is Nla or Computed);

    /// <summary>The name of an enumeration's member among an attribute's named arguments.</summary>
    public static string? NamedMember(AttributeData attribute, string name) => attribute.NamedArguments
        .Where(pair => pair.Key == name).Select(pair => EnumName(pair.Value)).FirstOrDefault();

    /// <summary>An attribute's named argument.</summary>
    public static object? Named(AttributeData attribute, string name)
        => attribute.NamedArguments.Where(item => item.Key == name).Select(item => item.Value.Value).FirstOrDefault();

    /// <summary>A member's type without its null, and whether that was a Nullable.</summary>
    public static ITypeSymbol Bare(ITypeSymbol type, out bool isNullable)
    {
        isNullable = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T };
        return isNullable ? ((INamedTypeSymbol)type).TypeArguments[0]
            : type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);
    }

    public static Form FormOf(ITypeSymbol type) => type switch
    {
        { SpecialType: SpecialType.System_Boolean } => Form.Boolean,
        { SpecialType: SpecialType.System_Int32 } => Form.Int32,
        { SpecialType: SpecialType.System_Int64 } => Form.Int64,
        { SpecialType: SpecialType.System_UInt32 } => Form.UInt32,
        { SpecialType: SpecialType.System_String } => Form.String,
        { TypeKind: TypeKind.Enum } => Has(type, "FlagsAttribute") ? Form.Flags
            : Has(type, "OpenEnumAttribute") ? Form.OpenEnumeration : Form.Enumeration,
        { Name: "Duration" } => Form.Duration,
        INamedTypeSymbol { Name: "ValueList", TypeArguments.Length: 1 } => Form.List,
        INamedTypeSymbol { Name: "ValueMap", TypeArguments.Length: 1 } => Form.Map,
        _ when Parser(type) is not null => Form.Text,
        _ => Form.Unknown,
    };

    private static bool Has(ITypeSymbol type, string attribute)
        => type.GetAttributes().Any(item => item.AttributeClass?.Name == attribute);

    /// <summary>What reads a value's text form, as C# writes it, or null.</summary>
    private static string? Parser(ITypeSymbol type)
    {
        var name = type.ToDisplayString(s_name);
        return type.GetMembers("Parse").OfType<IMethodSymbol>()
                .Any(method => method.IsStatic && method.Parameters.Length == 1) ? $"{name}.Parse"
            : type is INamedTypeSymbol { IsAbstract: false } named && named.Constructors.Any(IsOfText)
                ? $"static text => new {name}(text)" : null;
    }

    private static bool IsOfText(IMethodSymbol constructor)
        => constructor is { DeclaredAccessibility: Accessibility.Public, Parameters.Length: 1 }
            && constructor.Parameters[0].Type.SpecialType == SpecialType.System_String;

    private static PropertyModel? ReadProperty(IPropertySymbol member, List<Problem> problems)
    {
        var nla = Declaration(member)!;
        var isComputed = nla.ConstructorArguments.Length == 0;
        var type = Bare(member.Type, out var isNullable);
        var form = FormOf(type);
        var item = form is Form.List or Form.Map ? ((INamedTypeSymbol)type).TypeArguments[0] : null;
        var model = new PropertyModel(
            member.Name,
            type.ToDisplayString(s_name),
            form,
            item?.ToDisplayString(s_name) ?? string.Empty,
            item is null ? Form.Unknown : FormOf(item),
            member.DeclaredAccessibility == Accessibility.Public,
            isComputed ? null : (int)nla.ConstructorArguments[0].Value!,
            isComputed ? string.Empty : EnumName(nla.ConstructorArguments[1]),
            Named(nla, "IPv6") as int? ?? 0,
            Named(nla, "In") as int? ?? 0,
            Named(nla, "Outer") as int? ?? 0,
            Named(nla, "Item") as int?,
            Named(nla, "Min") as long?,
            Named(nla, "Max") as long?,
            NamedMember(nla, "Unit") ?? "None",
            NamedMember(nla, "Access") ?? "Always",
            AbsentText(nla),
            Named(nla, "Since") as string,
            (Named(nla, "Codec") as ITypeSymbol)?.ToDisplayString(s_name),
            Named(nla, "Bit") as uint? ?? 0,
            Parser(item ?? type),
            member.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "LinkIndexAttribute"));
        var wrong = ProblemsOf(model, member, type.IsValueType && !isNullable).ToList();
        problems.AddRange(wrong.Select(problem => At(member, problem.Id, $"'{member.Name}' {problem.Text}")));
        if (wrong.Count > 0)
            return null;
        return model.IsNumber || form is Form.Duration or Form.Flags or Form.OpenEnumeration ? WithRange(model) : model;
    }

    private static IEnumerable<(string Id, string Text)> ProblemsOf(
        PropertyModel model, IPropertySymbol member, bool isNeverNull)
    {
        var isMade = model.Wire is "Custom" or "";
        var isMadeElsewhere = model.Number is null;
        if ((model.Form == Form.Unknown && (model.Wire != "Custom" || model.IsPublic))
            || (model.Item.Length > 0 && model.ItemForm is Form.Unknown or Form.List or Form.Map))
            yield return ("LXN003", $"is a {member.Type.Name}, which no attribute is read as");
        // What other code makes is always said.
        if (isNeverNull && !isMadeElsewhere)
            yield return ("LXN004", "must be able to be null, which leaves the attribute out");
        if (model.Form == Form.Duration && model.Unit == "None")
            yield return ("LXN005", "is a duration and needs a Unit");
        if (model.Form != Form.Duration && model.Unit != "None")
            yield return ("LXN005", "has a Unit and is no duration");
        if ((model.Wire == "Custom") != (model.Codec is not null))
            yield return ("LXN006", "has a Codec where Wire.Custom is, and only there");
        if ((model.Form == Form.List) != (model.ItemNumber is not null) && !isMade)
            yield return ("LXN007", "needs Item where it is a list, and only there");
        if (model.In != 0 && (model.Form is Form.List or Form.Map || model.Wire == "Bitfield32"))
            yield return ("LXN008", "is nested in another attribute, which lists, maps and bits are not");
        if (member.SetMethod is null)
            yield return ("LXN009", "needs an init accessor, which its reader sets it by");
        if (model.IsNumber && !isMade && model.Wire != "Bitfield32" && !s_largest.ContainsKey(model.Wire))
            yield return ("LXN010", $"is a number and cannot be written as {model.Wire}");
        if ((model.Wire == "Bitfield32") != (model.Bit != 0) || (model.Bit != 0 && model.Form != Form.Boolean))
            yield return ("LXN011", "is a bool with a Bit where Wire.Bitfield32 is, and only there");
    }

    private static PropertyModel WithRange(PropertyModel model) => model with
    {
        Min = model.Min ?? 0,
        Max = model.Max ?? Math.Min(
            s_largest.TryGetValue(model.Wire, out var most) ? most : long.MaxValue,
            model.Form == Form.Int32 ? int.MaxValue : long.MaxValue),
    };

    private static string? AbsentText(AttributeData nla)
        => nla.NamedArguments
            .Where(pair => pair.Key == "Absent").Select(pair => pair.Value.ToCSharpString()).FirstOrDefault();

    private static KindModel ReadKind(INamedTypeSymbol type, AttributeData attribute)
    {
        var link = Named(attribute, "Link") as INamedTypeSymbol;
        bool Is(string name) => Named(attribute, name) is true;
        var members = new List<string>();
        for (var at = link; at is not null; at = at.BaseType)
            members.AddRange(at.GetMembers().OfType<IPropertySymbol>().Select(member => member.Name));
        return new KindModel(
            new EquatableList<string>(attribute.ConstructorArguments[0].Values.Select(value => (string)value.Value!)),
            link?.ToDisplayString(s_name),
            link?.ContainingNamespace.ToDisplayString(),
            link?.Name,
            Named(attribute, "Module") as string,
            Is("StaysInMachine"),
            Is("HasForwardingTable"),
            Is("TakesNoPorts"),
            Is("HasOwnMacAddress"),
            HasStatic(type, "LeastDataLength"),
            new EquatableList<string>(members.Distinct()));
    }

    private static bool HasStatic(INamedTypeSymbol type, string name)
        => type.GetMembers(name).OfType<IMethodSymbol>().Any(method => method.IsStatic);

    private static bool IsPartial(INamedTypeSymbol type) => type.DeclaringSyntaxReferences
        .Select(reference => reference.GetSyntax()).OfType<Microsoft.CodeAnalysis.CSharp.Syntax.TypeDeclarationSyntax>()
        .All(syntax => syntax.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static string EnumName(TypedConstant value) => value.Type!.GetMembers().OfType<IFieldSymbol>()
        .First(field => field.HasConstantValue && Equals(field.ConstantValue, value.Value)).Name;

    public static Problem At(ISymbol symbol, string id, string text)
    {
        var location = symbol.Locations[0];
        var span = location.GetLineSpan();
        return new Problem(
            id,
            text,
            span.Path,
            location.SourceSpan.Start,
            location.SourceSpan.Length,
            span.StartLinePosition.Line,
            span.StartLinePosition.Character,
            span.EndLinePosition.Line,
            span.EndLinePosition.Character);
    }
}
