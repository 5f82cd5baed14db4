using System.Management.Automation;
using System.Reflection;

namespace LxcNetworking.Module.Tests;

/// <summary>A parameter, as its attributes say.</summary>
internal sealed record CmdletParameter(
    string Name, Type Type, bool IsHidden, bool SupportsWildcards, IReadOnlyList<string> Aliases,
    IReadOnlyList<ParameterUse> Uses)
{
    /// <summary>What a ValidateSet or the type, if it is an enum, allows.</summary>
    public required IReadOnlyList<string> AcceptedValues { get; init; }
}

/// <summary>A parameter's role in one parameter set; the set's name is null if it is in all of them.</summary>
internal sealed record ParameterUse(
    string? Set, bool IsMandatory, int? Position, bool ByValue, bool ByPropertyName, bool TakesTheRest);

/// <summary>
/// A cmdlet's metadata. Only the attributes' data is read, never an attribute made, as the assembly that stands for
/// PowerShell here has no code in it.
/// </summary>
internal sealed class Cmdlet
{
    private Cmdlet(Type type, CustomAttributeData attribute)
    {
        Type = type;
        (Verb, Noun) =
            ((string)attribute.ConstructorArguments[0].Value!, (string)attribute.ConstructorArguments[1].Value!);
        SupportsShouldProcess = Named(attribute, "SupportsShouldProcess") is true;
        DefaultSet = Named(attribute, "DefaultParameterSetName") as string;
        OutputTypes = [.. Attributes(type, nameof(OutputTypeAttribute)).SelectMany(OutputTypesOf)];
        Parameters = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => Attributes(property, nameof(ParameterAttribute)).Any()).Select(Describe)];
    }

    /// <summary>The assembly of the cmdlets.</summary>
    public static Assembly Assembly { get; } = typeof(Commands.Common.NetworkCmdlet).Assembly;

    /// <summary>Every cmdlet class of the module, by name.</summary>
    public static IReadOnlyDictionary<string, Cmdlet> All { get; } = Assembly.GetTypes()
        .Select(type => (Type: type, Attribute: Attributes(type, nameof(CmdletAttribute)).SingleOrDefault()))
        .Where(found => found.Attribute is not null)
        .Select(found => new Cmdlet(found.Type, found.Attribute!))
        .ToDictionary(cmdlet => cmdlet.Name, StringComparer.Ordinal);

    public Type Type { get; }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => $"{Verb}-{Noun}";

    public bool SupportsShouldProcess { get; }

    /// <summary>The parameter set that is meant where several fit, or null.</summary>
    public string? DefaultSet { get; }

    public IReadOnlyList<Type> OutputTypes { get; }

    public IReadOnlyList<CmdletParameter> Parameters { get; }

    /// <summary>The parameters that a user is meant to see, with those that PowerShell adds for
    /// ShouldProcess.</summary>
    public IReadOnlyList<string> VisibleParameters
        => [.. Parameters.Where(parameter => !parameter.IsHidden).Select(parameter => parameter.Name)
            .Concat(SupportsShouldProcess ? ["Confirm", "WhatIf"] : []).Order(StringComparer.OrdinalIgnoreCase)];

    public bool Has(string parameter) => Parameters.Any(item => item.Name == parameter);

    private static CmdletParameter Describe(PropertyInfo property)
    {
        var uses = Attributes(property, nameof(ParameterAttribute)).ToArray();
        return new CmdletParameter(
            property.Name,
            property.PropertyType,
            uses.All(use => Named(use, "DontShow") is true),
            Attributes(property, nameof(SupportsWildcardsAttribute)).Any(),
            [.. Attributes(property, nameof(AliasAttribute))
                .SelectMany(alias => Strings(alias.ConstructorArguments[0]))],
            [.. uses.Select(use => new ParameterUse(
                Named(use, "ParameterSetName") as string,
                Named(use, "Mandatory") is true,
                Named(use, "Position") as int?,
                Named(use, "ValueFromPipeline") is true,
                Named(use, "ValueFromPipelineByPropertyName") is true,
                Named(use, "ValueFromRemainingArguments") is true))])
        {
            AcceptedValues = AcceptedValuesOf(property),
        };
    }

    private static string[] AcceptedValuesOf(PropertyInfo property)
    {
        if (Attributes(property, nameof(ValidateSetAttribute)).SingleOrDefault() is { } set)
            return [.. Strings(set.ConstructorArguments[0])];
        var type = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : property.PropertyType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum ? Enum.GetNames(type) : [];
    }

    private static IEnumerable<Type> OutputTypesOf(CustomAttributeData attribute) =>
        attribute.ConstructorArguments[0] switch
        {
            { Value: Type type } => [type],
            { Value: IReadOnlyCollection<CustomAttributeTypedArgument> many } => many.Select(item => item.Value)
            .OfType<Type>(),
            _ => [],
        };

    private static IEnumerable<string> Strings(CustomAttributeTypedArgument argument)
        => ((IReadOnlyCollection<CustomAttributeTypedArgument>)argument.Value!).Select(item => (string)item.Value!);

    private static IEnumerable<CustomAttributeData> Attributes(MemberInfo member, string name)
        => member.GetCustomAttributesData().Where(attribute => attribute.AttributeType.Name == name);

    private static object? Named(CustomAttributeData attribute, string name)
        => attribute.NamedArguments.Where(argument => argument.MemberName == name)
        .Select(argument => argument.TypedValue.Value).FirstOrDefault();
}
