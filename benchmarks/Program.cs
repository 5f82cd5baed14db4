using System.Globalization;
using LxcNetworking.Benchmarks;

// "Benchmarks library WORK COUNT" does one piece of work here; without arguments everything is measured, side by side.
if (args is ["library", var work, var count])
{
    Console.WriteLine(Library.Measure(work, int.Parse(count, CultureInfo.InvariantCulture))
        .ToString("R", CultureInfo.InvariantCulture));
    return 0;
}

var root = args is [var folder] ? folder : Directory.GetCurrentDirectory();
var runner = new Runner(root);
var report = Report.Make(runner);
Console.WriteLine(report);
var path = Path.Combine(root, "docs", "performance.md");
// What benchmarks/codecs/run.sh has written at the file's end stays.
var before = File.ReadAllText(path);
var codecs = before.IndexOf("## Codecs\n", StringComparison.Ordinal);
File.WriteAllText(path, codecs < 0 ? report : $"{report.TrimEnd()}\n\n{before[codecs..]}");
return 0;
