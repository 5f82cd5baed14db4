using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>
/// Starts another program: without a shell, with arguments as a list and an environment that
/// does not depend on the session's. It also finds the processes that a killed process had started.
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

    /// <summary>Finds the processes whose command line is meant.</summary>
    /// <param name="isMeant">Asked with the program and its arguments.</param>
    /// <returns>Their ids.</returns>
    public static IEnumerable<int> Find(Func<string[], bool> isMeant)
        => ProcessIds().Where(id => CommandLine(id) is { } words && isMeant(words));

    /// <summary>The ids of all processes but the first.</summary>
    public static IEnumerable<int> ProcessIds() => Directory.EnumerateDirectories("/proc")
        .Select(path => Digits.TryParse(Path.GetFileName(path), out int id) ? id : 0)
        .Where(id => id > 1);

    /// <summary>A process's program and arguments.</summary>
    /// <returns>Null if it is gone; the first is empty if it is about to be.</returns>
    public static string[]? CommandLine(int id)
    {
        try
        {
            var number = id.ToString(CultureInfo.InvariantCulture);
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{number}/cmdline")).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Ends a process, and waits until it has let go of everything.</summary>
    /// <exception cref="Win32Exception">This user may not.</exception>
    public static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            for (var turn = 0; turn < 1000 && HoldsItsSockets(id); turn++)
                Thread.Sleep(5);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It is gone.
        }
    }

    /// <summary>Whether a process has anything open: its command line is gone some time before its sockets
    /// are.</summary>
    public static bool HoldsItsSockets(int id)
    {
        try
        {
            return IsAlive(File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether a process's /proc/PID/stat says that it is none that has ended; its name may hold anything. As a zombie
    /// it has let go of everything.
    /// </summary>
    internal static bool IsAlive(string text)
        => text.LastIndexOf(')') is var end and >= 0 && end + 2 < text.Length && text[end + 2] is not ('Z' or 'X');
}
