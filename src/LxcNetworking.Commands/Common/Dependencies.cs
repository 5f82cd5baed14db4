using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// Loads assemblies of others, with the one of ours that uses them, in a context of their own: another module may have
/// brought another version of the same ones. Ours that users can name, as in a type literal, stay in the default one.
/// </summary>
internal static class Dependencies
{
    private static readonly string[] s_entrances = ["LxcNetworking.LibC", "LxcNetworking.Yaml"];
    private static readonly Lazy<Context> s_context = new(() => new Context(
        Path.Combine(Path.GetDirectoryName(typeof(Dependencies).Assembly.Location)!, "dependencies")));

    private static int s_isRegistered;

    /// <summary>Has them found from now on.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref s_isRegistered, 1) != 0)
            return;
        var own = AssemblyLoadContext.GetLoadContext(typeof(Dependencies).Assembly) ?? AssemblyLoadContext.Default;
        own.Resolving += static (_, name) => s_entrances.Contains(name.Name)
            ? s_context.Value.LoadFromAssemblyName(new AssemblyName(name.Name!)) : null;
    }

    private sealed class Context(string folder) : AssemblyLoadContext("LxcNetworking dependencies")
    {
        private readonly string _machine
            = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

        // What is in neither folder is .NET's own.
        protected override Assembly? Load(AssemblyName assemblyName)
            => new[] { folder, Path.Combine(folder, _machine) }
                .Select(place => Path.Combine(place, $"{assemblyName.Name}.dll"))
                .FirstOrDefault(File.Exists) is { } path ? LoadFromAssemblyPath(path) : null;
    }
}
