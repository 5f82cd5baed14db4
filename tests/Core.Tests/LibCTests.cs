using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using LxcNetworking.Native;

namespace LxcNetworking.Tests;

/// <summary>The system calls' numbers are those of the architecture.</summary>
public sealed class LibCTests
{
    [Theory]
    [InlineData("x64")]
    [InlineData("arm64")]
    public void Constants_are_those_of_the_architecture(string machine)
    {
        // Each architecture has an assembly of its own, and what it tells does not depend on where it runs.
        using var assembly = GetType().Assembly.GetManifestResourceStream($"LibC/{machine}")!;
        var context = new AssemblyLoadContext(machine, isCollectible: true);
        var known = context.LoadFromStream(assembly).GetType("Tmds.Linux.LibC")!;
        var own = typeof(LibC).GetFields(BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.IsLiteral && known.GetProperty(field.Name) is not null).ToList();
        Assert.All(own, field => Assert.Equal(
            Convert.ToInt64(field.GetRawConstantValue(), null),
            Convert.ToInt64(known.GetProperty(field.Name)!.GetValue(null)!.ToString(), null)));
        Assert.InRange(own.Count, 70, 200);
        context.Unload();
    }

    [Fact]
    public void Links_and_files_are_refused_where_only_a_folder_is_meant()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.WriteAllText(folder + "/file", "text");
            File.CreateSymbolicLink(folder + "/link", folder + "/file");
            Assert.Equal(LibC.ELOOP, Refusal("/link", LibC.O_NOFOLLOW));
            Assert.Equal(LibC.ENOTDIR, Refusal("/file", LibC.O_DIRECTORY));
            Assert.Equal(LibC.S_IFREG, LibC.Look(folder + "/link", follow: true)!.Value.Mode & LibC.S_IFMT);
            Assert.Equal(LibC.S_IFLNK, LibC.Look(folder + "/link")!.Value.Mode & LibC.S_IFMT);
            Assert.Equal(4UL, LibC.Look(folder + "/file")!.Value.Size);
            Assert.Null(LibC.Look(folder + "/file\0"));
            Assert.Equal(LibC.ENOENT, Marshal.GetLastPInvokeError());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        int Refusal(string name, int flag)
        {
            Assert.Equal(-1, LibC.Open(folder + name, LibC.O_RDONLY | LibC.O_CLOEXEC | flag));
            return Marshal.GetLastPInvokeError();
        }
    }
}
