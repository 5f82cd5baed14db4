using System.Reflection;
using System.Reflection.Emit;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// Reading one pipeline record never changes how the next is read. PowerShell gives back what it has bound itself, but
/// a value that a cmdlet writes into a parameter of its own is there for good.
/// </summary>
public class ParameterTests
{
    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly PropertyInfo[] s_parameters = [.. Cmdlet.Assembly.GetTypes()
        .SelectMany(type => type.GetProperties(Everything)).Where(property => Uses(property).Any())];

    [Fact]
    public void No_cmdlet_writes_a_parameter_of_its_own()
    {
        Assert.True(s_parameters.Length > 300);
        Assert.All(s_parameters, property => Assert.True(
            FieldOf(property) is not null || IsOverride(property), $"{property} has no field of its own to look at"));
        Assert.Empty(Writers(Cmdlet.Assembly.GetTypes(), s_parameters));
    }

    [Fact]
    public void The_look_for_writers_finds_them()
    {
        var found = Writers([typeof(Writer)], [typeof(Writer).GetProperty(nameof(Writer.Value))!]);
        Assert.Collection(
            found.Select(line => line.Split(' ')[1]).Order(StringComparer.Ordinal),
            name => Assert.StartsWith("<Later>", name, StringComparison.Ordinal),
            name => Assert.Equal("Now", name));
    }

    [Fact]
    public void No_object_in_the_pipeline_becomes_what_it_is_not()
    {
        // PowerShell makes a type that it can make empty of anything that has some of its
        // properties. A PSObject is what it is.
        var piped = s_parameters.Where(property => Uses(property).Any(use =>
            use.NamedArguments.Any(argument => argument.MemberName == "ValueFromPipeline"))).ToList();
        Assert.True(piped.Count > 8);
        Assert.DoesNotContain(piped, property => property.PropertyType.Name != "PSObject" &&
            (property.PropertyType.GetElementType() ?? property.PropertyType).GetConstructor([]) is not null);
    }

    private static IEnumerable<CustomAttributeData> Uses(PropertyInfo property)
        => property.GetCustomAttributesData().Where(attribute => attribute.AttributeType.Name == "ParameterAttribute");

    // Whoever calls a parameter's setter, or touches the field behind it otherwise than by reading it. A constructor
    // gives it the value that it has without an argument.
    private static IEnumerable<string> Writers(Type[] types, PropertyInfo[] parameters)
    {
        var setters = parameters.Select(property => property.SetMethod!).ToHashSet<MemberInfo>();
        var fields = parameters.Select(FieldOf).ToHashSet<MemberInfo?>();
        var accessors = parameters.SelectMany(property => property.GetAccessors(nonPublic: true))
            .ToHashSet<MethodBase>();
        return from type in types
               from method in type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything))
               where !accessors.Contains(method)
               from operand in Operands(method)
               where setters.Contains(operand.Member)
                   || (fields.Contains(operand.Member) && operand.Code != OpCodes.Ldfld
                       && !(method is ConstructorInfo && operand.Code == OpCodes.Stfld))
               select $"{type} {method.Name} writes {operand.Member.DeclaringType}.{operand.Member.Name}";
    }

    private static IEnumerable<(OpCode Code, MemberInfo Member)> Operands(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
            yield break;
        var typeArguments = method.DeclaringType!.GetGenericArguments();
        var methodArguments = method is MethodInfo ? method.GetGenericArguments() : [];
        for (var i = 0; i < il.Length;)
        {
            var code = il[i] == 0xfe ? s_codes[(short)(0xfe00 | il[i + 1])] : s_codes[il[i]];
            i += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok)
                yield return (code, method.Module.ResolveMember(
                    BitConverter.ToInt32(il, i), typeArguments, methodArguments)!);
            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, i)),
                _ => 4,
            };
        }
    }

    private static FieldInfo? FieldOf(PropertyInfo property)
        => property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", Everything);

    private static bool IsOverride(PropertyInfo property)
        => property.SetMethod!.GetBaseDefinition() != property.SetMethod;

    private sealed class Writer
    {
        public int Value { get; set; } = 1;

        public int Read() => Value;

        public void Now() => Value = 2;

        public Action<int> Later() => value => Value = value;
    }
}
