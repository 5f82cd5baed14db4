using System.Runtime.CompilerServices;

namespace LxcNetworking.Module.Tests;

/// <summary>Where things are in the checkout.</summary>
internal static class Repository
{
    /// <summary>The checkout's top folder.</summary>
    public static string Top { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", ".."));

    /// <summary>The module as this test project's build has just laid it out: the manifest with Module beside it.</summary>
    public static string BuiltManifest { get; } = Path.Combine(AppContext.BaseDirectory, "module", "LxcNetworking.psd1");

    /// <summary>A path in the checkout.</summary>
    public static string File(params ReadOnlySpan<string> parts) => Path.Combine([Top, .. parts]);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
