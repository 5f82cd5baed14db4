using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LxcNetworking.Generators;

/// <summary>
/// Writes reading, writing, checking, comparing and JSON of each type with [LinkKind] or [AttributeSet].
/// </summary>
[Generator]
public sealed class DeclarationGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        foreach (var name in new[] { "LinkKindAttribute", "AttributeSetAttribute" })
        {
            var models = context.SyntaxProvider.ForAttributeWithMetadataName(
                $"LxcNetworking.Declarations.{name}",
                static (_, _) => true,
                static (found, _) => DeclarationReader.Read((INamedTypeSymbol)found.TargetSymbol, found.Attributes))
                .WithTrackingName("Declarations");
            context.RegisterSourceOutput(models, static (output, model) =>
            {
                foreach (var problem in model.Problems)
                    output.ReportDiagnostic(Report(problem));
                output.AddSource($"{model.Namespace}.{model.Name}.g.cs", SetWriter.Write(model));
                if (model.Kinds.FirstOrDefault() is { LinkName: not null } kind)
                    output.AddSource($"{kind.LinkNamespace}.{kind.LinkName}.g.cs", KindWriter.WriteLink(model, kind));
            });
        }
    }

    /// <summary>A diagnostic with its place.</summary>
    internal static Diagnostic Report(Problem problem) => Diagnostic.Create(
        new DiagnosticDescriptor(problem.Id, "Declaration", "{0}", "LxcNetworking", DiagnosticSeverity.Error, true),
        Location.Create(
            problem.File,
            new TextSpan(problem.Start, problem.Length),
            new LinePositionSpan(
                new LinePosition(problem.Line, problem.Column),
                new LinePosition(problem.EndLine, problem.EndColumn))),
        problem.Text);
}
