using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LxcNetworking.Generators;

/// <summary>Writes the table of names for each class of constants with [KernelNames].</summary>
[Generator]
public sealed class KernelNamesGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var models = context.SyntaxProvider.ForAttributeWithMetadataName(
            "LxcNetworking.Rtnetlink.KernelNamesAttribute",
            static (_, _) => true,
            static (found, _) => Read((INamedTypeSymbol)found.TargetSymbol, found.Attributes[0]))
            .WithTrackingName("KernelNames");
        context.RegisterSourceOutput(models, static (output, model) =>
        {
            foreach (var problem in model.Problems)
                output.ReportDiagnostic(DeclarationGenerator.Report(problem));
            output.AddSource($"{model.Namespace}.{model.Name}.g.cs", Write(model));
        });
    }

    private static NamesModel Read(INamedTypeSymbol type, AttributeData attribute)
    {
        var problems = new List<Problem>();
        var prefix = (string)attribute.ConstructorArguments[0].Value!;
        var constants = type.GetMembers().OfType<IFieldSymbol>()
            .Where(field => field.ConstantValue is ushort).ToList();
        var names = constants.ToDictionary(
            field => field.Name.ToUpperInvariant(), field => field.Name.ToUpperInvariant());
        foreach (var word in attribute.ConstructorArguments[1].Values.Select(value => (string)value.Value!))
        {
            var key = word.Replace("_", string.Empty);
            if (names.ContainsKey(key))
                names[key] = word;
            else
                problems.Add(DeclarationReader.At(type, "LXN012", $"'{type.Name}' has no constant for {prefix}{word}"));
        }

        foreach (var twice in constants.GroupBy(field => field.ConstantValue).Where(group => group.Count() > 1))
        {
            var both = string.Join(" and ", twice.Select(field => field.Name));
            problems.Add(DeclarationReader.At(type, "LXN013", $"{both} are the same number {twice.Key}"));
        }

        return new NamesModel(
            type.ContainingNamespace.ToDisplayString(),
            type.Name,
            new EquatableList<(ushort, string)>(constants
                .GroupBy(field => (ushort)field.ConstantValue!)
                .Select(group => (group.Key, prefix + names[group.First().Name.ToUpperInvariant()]))),
            new EquatableList<Problem>(problems));
    }

    private static string Write(NamesModel model)
    {
        var source = new Source().Add($$"""
            namespace {{model.Namespace}};

            partial class {{model.Name}}
            {
            /// <summary>The name of an attribute in the kernel's headers; null for one that is not listed.</summary>
            public static string? NameOf(ushort type) => type switch
            {
            """);
        foreach (var (number, name) in model.Names)
            source.Add($"{number} => \"{name}\",");
        return source.Add("""
            _ => null,
            };
            }
            """).ToString();
    }

    private sealed record NamesModel(
        string Namespace, string Name, EquatableList<(
            ushort Number, string Name)> Names, EquatableList<Problem> Problems);
}
