using System.Runtime.CompilerServices;

namespace LxcNetworking.Tests;

/// <summary>Where things are in the checkout.</summary>
internal static class Repository
{
    /// <summary>The checkout's top folder.</summary>
    public static string Top { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", ".."));

    /// <summary>
    /// The module as the build of Module.Tests has just laid it out: the manifest with Module beside it.
    /// </summary>
    public static string BuiltManifest { get; }
        = File("tests", "Module.Tests", "bin", BuildFolder(), "module", "LxcNetworking.psd1");

    /// <summary>A path in the checkout.</summary>
    public static string File(params ReadOnlySpan<string> parts) => Path.Combine([Top, .. parts]);

    // The same configuration and framework as this assembly's: Release/net10.0.
    private static string BuildFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(folder.Parent!.Name, folder.Name);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
