using System.Runtime.InteropServices;
using LxcNetworking.Native;

namespace LxcNetworking.Tests;

/// <summary>The kernel takes the flags that differ between architectures for what they are meant.</summary>
public sealed class LibCTests
{
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
            Assert.Equal((LibC.S_IFREG, 4UL), (LibC.Look(folder + "/link", follow: true)!.Value.Mode & LibC.S_IFMT, LibC.Look(folder + "/file")!.Value.Size));
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
