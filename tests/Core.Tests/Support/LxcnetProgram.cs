using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace LxcNetworking.Tests;

/// <summary>
/// The program lxcnet: the one that the module's publication has compiled ahead of time (out/lxcnet), or where a build
/// has made newer assemblies since, those, which the runtime compiles.
/// </summary>
internal static class LxcnetProgram
{
    private static readonly string s_top
        = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../.."));

    private static readonly string? s_path = Find();

    /// <summary>A file of the checkout.</summary>
    public static string CheckoutFile(string path) => Path.Combine(s_top, path);

    /// <summary>Whether it is compiled ahead of time.</summary>
    public static bool IsNative => s_path is not null && !File.Exists(s_path + ".dll");

    /// <summary>Its path. Skips the test where it is not built.</summary>
    public static string ProgramPath
    {
        get
        {
            if (s_path is null)
                Sandbox.Lacking("lxcnet is not built");
            return s_path!;
        }
    }

    /// <summary>Runs it.</summary>
    public static (int Code, string Output, string Error) Lxcnet(params IReadOnlyList<string> arguments)
        => Sandbox.TryExecute(ProgramPath, arguments);

    /// <summary>Runs it, and expects an exit code and nothing on standard error.</summary>
    public static string Lxcnet(int code, params IReadOnlyList<string> arguments)
    {
        var result = Lxcnet(arguments);
        Assert.True(
            result.Code == code && result.Error.Length == 0,
            $"lxcnet {string.Join(' ', arguments)} ended with {result.Code}: {result.Error}{result.Output}");
        return result.Output;
    }

    /// <summary>Runs it, and expects an exit code and a line on standard error.</summary>
    public static string Fail(int code, params IReadOnlyList<string> arguments)
    {
        var result = Lxcnet(arguments);
        Assert.True(
            result.Code == code,
            $"lxcnet {string.Join(' ', arguments)} ended with {result.Code}: {result.Error}{result.Output}");
        Assert.DoesNotContain('\e', result.Error);
        return result.Error.TrimEnd('\n');
    }

    /// <summary>Runs it with something on standard input.</summary>
    public static (int Code, string Output, string Error) Feed(string input, params IReadOnlyList<string> arguments)
    {
        using var process = Start(arguments, hasInput: true);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return End(process);
    }

    /// <summary>Starts it.</summary>
    public static Process Start(IReadOnlyList<string> arguments, bool hasInput = false)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(ProgramPath, arguments)
            {
                RedirectStandardInput = hasInput,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        return process;
    }

    /// <summary>Waits for its end.</summary>
    public static (int Code, string Output, string Error) End(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>The objects of JSON, one a line.</summary>
    public static List<JsonElement> Lines(string json)
        => [.. json.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("LXCNETWORKING_LXCNET") is { Length: > 0 } named)
            return named;
        var native = CheckoutFile("out/lxcnet/lxcnet");
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var architecture = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString()
            .ToLowerInvariant();
        var folder = CheckoutFile($"src/lxcnet/bin/{configuration}/net10.0/linux-{architecture}");
        var built = Directory.Exists(folder)
            ? Directory.GetFiles(folder, "lxcnet.dll")
                .Concat(Directory.GetFiles(folder, "LxcNetworking.*.dll")).ToList()
            : [];
        if (File.Exists(native)
            && built.TrueForAll(assembly => File.GetLastWriteTimeUtc(assembly)
                <= File.GetLastWriteTimeUtc(native)))
            return native;
        return built.Count > 0 ? Path.Combine(folder, "lxcnet") : null;
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
