using System.Diagnostics;

namespace LxcNetworking;

/// <summary>
/// Starts another program: without a shell, with arguments as a list and an environment that
/// does not depend on the session's.
/// </summary>
internal static class ChildProgram
{
    /// <summary>Where the programs that a child itself runs are looked for.</summary>
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Describes a program's start; its input and output are pipes.</summary>
    /// <param name="path">The program's full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Its working directory.</param>
    /// <returns>The process, not yet started.</returns>
    public static Process Prepare(string path, IEnumerable<string> arguments, string folder)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(path, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
            },
        };
        process.StartInfo.Environment.Clear();
        process.StartInfo.Environment["PATH"] = SearchPath;
        process.StartInfo.Environment["LC_ALL"] = "C";
        return process;
    }
}
