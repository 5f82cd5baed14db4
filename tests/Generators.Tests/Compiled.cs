using System.Runtime.CompilerServices;
using LxcNetworking.Declarations;
using LxcNetworking.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LxcNetworking.Generators.Tests;

/// <summary>Source that went through the generators.</summary>
internal sealed class Compiled
{
    // The library lets this assembly see what generated code uses.
    private const string FriendOfTheLibrary = "Core.Tests";

    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Latest);

    private Compiled(Compilation compilation, GeneratorDriver driver)
    {
        Driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out var complete, out var diagnostics);
        Compilation = compilation;
        Problems =
            [.. diagnostics, .. complete.GetDiagnostics().Where(item => item.Severity >= DiagnosticSeverity.Warning)];
        Files = Driver.GetRunResult().Results.SelectMany(result => result.GeneratedSources)
            .ToDictionary(file => file.HintName, file => file.SourceText.ToString());
    }

    public GeneratorDriver Driver { get; }

    public Compilation Compilation { get; }

    /// <summary>What generators and compiler have to say of the source with what was generated.</summary>
    public IReadOnlyList<Diagnostic> Problems { get; }

    /// <summary>What was generated, by its file's name.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>Compiles source.</summary>
    public static Compiled Of(string source)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => !Path.GetFileName(path).StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)
                && Path.GetFileName(path) is not ("LxcNetworking.Generators.dll" or "Generators.Tests.dll"))
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            FriendOfTheLibrary,
            [CSharpSyntaxTree.ParseText("global using System;\n", s_options),
                CSharpSyntaxTree.ParseText(source, s_options, "Source.cs")],
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable));
        var driver = CSharpGeneratorDriver.Create(
            [
                new DeclarationGenerator().AsSourceGenerator(),
                new KernelNamesGenerator().AsSourceGenerator(),
                new ParameterGenerator().AsSourceGenerator(),
            ],
            parseOptions: s_options,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None,
                trackIncrementalGeneratorSteps: true));
        return new(compilation, driver);
    }

    /// <summary>The same with one more file, by the same generators.</summary>
    public Compiled With(string source)
        => new(Compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, s_options, "Other.cs")), Driver);

    /// <summary>Compares a generated file with the one in Snapshots, and leaves it beside that where it
    /// differs.</summary>
    public void IsAsBefore(string file, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "Snapshots", file + ".txt");
        var received = path + ".received";
        var expected = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        if (Files[file] == expected)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, Files[file]);
        Assert.Fail(
            $"{file} is not what {path} has. Look at the difference to {received}; where it is right, move that over " +
                "it.");
    }
}
