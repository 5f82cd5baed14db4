using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LxcNetworking.Generators;

/// <summary>Writes the parameters of cmdlets with [CreationParameters] or [ChangeParameters].</summary>
[Generator]
public sealed class ParameterGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        foreach (var name in new[] { "CreationParametersAttribute", "ChangeParametersAttribute" })
        {
            var models = context.SyntaxProvider.ForAttributeWithMetadataName(
                $"LxcNetworking.Commands.Common.{name}",
                static (_, _) => true,
                static (found, _) => Read((INamedTypeSymbol)found.TargetSymbol, found.Attributes[0]))
                .WithTrackingName("Parameters");
            context.RegisterSourceOutput(models, static (output, model)
                => output.AddSource($"{model.Namespace}.{model.Name}.g.cs", Write(model)));
        }
    }

    private static CmdletModel Read(INamedTypeSymbol cmdlet, AttributeData attribute)
    {
        var settings = (INamedTypeSymbol)attribute.ConstructorArguments[0].Value!;
        var isChange = attribute.AttributeClass!.Name == "ChangeParametersAttribute";
        var own = new HashSet<string>();
        for (var at = cmdlet; at is not null; at = at.BaseType)
            own.UnionWith(at.GetMembers().OfType<IPropertySymbol>().Select(member => member.Name));
        var parameters = DeclarationReader.Members(settings)
            .Where(member => member.DeclaredAccessibility == Accessibility.Public && !own.Contains(member.Name))
            .Where(member => !member.GetAttributes().Any(item => item.AttributeClass?.Name == "LinkIndexAttribute"))
            .Where(member => CanBeSet(member, isChange))
            .Select(ReadParameter).OfType<ParameterModel>();
        return new CmdletModel(
            cmdlet.ContainingNamespace.ToDisplayString(),
            cmdlet.Name,
            settings.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            isChange && ChangesLinks(cmdlet.BaseType) && !cmdlet.GetMembers("CreateSettings").Any(),
            new EquatableList<ParameterModel>(parameters));
    }

    private static bool ChangesLinks(INamedTypeSymbol? type)
        => type is not null && (type.Name == "SetLinkKindCmdlet" || ChangesLinks(type.BaseType));

    private static bool CanBeSet(IPropertySymbol member, bool isChange)
        => DeclarationReader.NamedMember(DeclarationReader.Declaration(member)!, "Access") switch
        {
            "ReadOnly" => false,
            "CreateOnly" => !isChange,
            "ChangeOnly" => isChange,
            _ => true,
        };

    private static ParameterModel? ReadParameter(IPropertySymbol member)
    {
        var type = DeclarationReader.Bare(member.Type, out _);
        var name = type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        var local = char.ToLowerInvariant(member.Name[0]) + member.Name.Substring(1);
        switch (DeclarationReader.FormOf(type))
        {
            // A hashtable, which the cmdlet reads itself.
            case Form.Map:
                return null;
            case Form.Duration:
                var unit = DeclarationReader.NamedMember(DeclarationReader.Declaration(member)!, "Unit");
                return new ParameterModel(
                    member.Name,
                    "System.TimeSpan",
                    $"global::LxcNetworking.Commands.Common.{(unit == "Milliseconds" ? unit : "Seconds")}Attribute",
                    $"{member.Name} is {{ }} {local} ? ({name}){local} : null");
            case Form.List:
                var item = ((INamedTypeSymbol)type).TypeArguments[0];
                return new ParameterModel(
                    member.Name,
                    item.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat) + "[]",
                    AttributeOf(item),
                    $"{member.Name} is {{ }} {local} ? [.. {local}] : null");
            default:
                return new ParameterModel(member.Name, name, AttributeOf(type), member.Name);
        }
    }

    private static string? AttributeOf(ITypeSymbol type)
        => DeclarationReader.FormOf(type) == Form.OpenEnumeration ? "global::LxcNetworking.Commands.Common.Numbered("
            + $"typeof({type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)}))"
        : type.Name switch
        {
            "IPAddress" => "global::LxcNetworking.Commands.Addressing.StrictAddressAttribute",
            "VlanProtocol" => "System.Management.Automation.ArgumentCompleter("
                + "typeof(global::LxcNetworking.Commands.Completers.VlanProtocolCompleter))",
            _ => null,
        };

    private static string Write(CmdletModel model)
    {
        var source = new Source();
        source.Add($$"""
            namespace {{model.Namespace}};

            partial class {{model.Name}}
            {
            """);
        foreach (var parameter in model.Parameters)
        {
            source.Add("[System.Management.Automation.Parameter]");
            if (parameter.Attribute is { } attribute)
                source.Add($"[{attribute}]");
            source.Add($$"""
                public {{parameter.Type}}? {{parameter.Name}} { get; set; }

                """);
        }

        source.Add($$"""
            /// <summary>What the command line says.</summary>
            private {{model.Settings}} Said() => new {{model.Settings}}
            {
            """);
        foreach (var parameter in model.Parameters)
            source.Add($"{parameter.Name} = {parameter.Value},");
        source.Add("};");
        if (model.OverridesSettings)
        {
            source.Add("""

                /// <inheritdoc/>
                protected override LxcNetworking.Links.LinkSettings CreateSettings(
                    LxcNetworking.Namespaces.NetworkStack stack) => Said();
                """);
        }

        return source.Add("}").ToString();
    }

    private sealed record CmdletModel(
        string Namespace,
        string Name,
        string Settings,
        bool OverridesSettings,
        EquatableList<ParameterModel> Parameters);

    private sealed record ParameterModel(string Name, string Type, string? Attribute, string Value);
}
