using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using LxcNetworking.Codecs;

// What is read and written, to compare that of the two libraries before they are measured.
if (args is ["work"])
{
    foreach (var line in new CodecBenchmarks().Work())
        Console.WriteLine(line);
    return;
}

static Job Of(string library) => Job.Default.WithId(library)
    .WithMsBuildArguments($"/p:Library={library}").WithEnvironmentVariable("CODECS_LIBRARY", library);

BenchmarkRunner.Run<CodecBenchmarks>(ManualConfig.CreateEmpty()
    .AddJob(Of("before").AsBaseline())
    .AddJob(Of("now"))
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .HideColumns("Arguments", "EnvironmentVariables", "RatioSD")
    .AddExporter(MarkdownExporter.GitHub)
    .AddLogger(ConsoleLogger.Default));
