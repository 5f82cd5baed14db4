using System.ComponentModel;
using System.Diagnostics;
using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Helper;

/// <summary>
/// Starts lxcnet, the program that goes on with what outlives a command: it renews leases. There is one of it on a
/// machine, which holds a lock, and which ends when there is nothing to do.
/// </summary>
public static class HelperProgram
{
    /// <summary>Longer than an interface's name can be, so that no network is called so.</summary>
    internal const string FolderName = "helper-program-lock";

    /// <summary>The argument with which it starts another one, which stays, and ends.</summary>
    internal const string StartCommand = "start";

    /// <summary>The argument with which it does its work.</summary>
    internal const string ServeCommand = "serve";

    private const string Name = "lxcnet", LockName = "lock", SystemdRun = "/usr/bin/systemd-run";
    private const int MostAttempts = 10;
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(10);
    private static readonly RunFolder s_folder = new(FolderName);

    /// <summary>The folder that lxcnet lies in. Where it is null, as it is unless set, or has no lxcnet, nobody renews
    /// leases.</summary>
    public static string? Folder { get; set; }

    /// <summary>Starts it unless it runs.</summary>
    /// <exception cref="NetworkException">DependencyFailed: it does not start.</exception>
    internal static void Ensure()
    {
        if (Folder is null)
            return;
        var program = Path.Combine(Folder, Name);
        if (!File.Exists(program) || IsRunning())
            return;
        MendMode(program);
        // Under systemd it is a unit of its own, so that it does not end with the session that started it.
        var isUnit = Directory.Exists("/run/systemd/system") && File.Exists(SystemdRun);
        string[] unit = ["--quiet", "--collect", $"--unit={Name}", "--", program, ServeCommand];
        using var process = isUnit
            ? ChildProgram.Prepare(SystemdRun, unit, "/") : ChildProgram.Prepare(program, [StartCommand], "/");
        try
        {
            process.Start();
            process.StandardInput.Close();
            var words = process.StandardError.ReadToEndAsync();
            if (process.WaitForExit(s_startTimeout) && process.ExitCode == 0)
                return;
            // Another command may have started it meanwhile.
            if (IsRunning())
                return;
            var why = words.IsCompletedSuccessfully ? KernelText.Printable(words.Result.Trim()) : "no answer";
            throw Failure(program, why, null);
        }
        catch (Win32Exception e)
        {
            throw Failure(program, e.Message, e);
        }
    }

    /// <summary>Takes the lock for the one that serves.</summary>
    /// <returns>Null where another one has it.</returns>
    /// <exception cref="NetworkException">PermissionDenied, NotSupported.</exception>
    internal static SafeFileHandle? TryLock()
    {
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            s_folder.Create();
            using var folder = OpenFolder.FindOwn(s_folder.Path);
            // Another process that tidies up may take the empty folder away.
            if (folder is not null)
                return folder.TryLock(LockName);
        }

        return null;
    }

    /// <summary>Gives the lock up.</summary>
    internal static void Unlock(SafeFileHandle turn)
    {
        try
        {
            s_folder.Remove(LockName);
        }
        finally
        {
            turn.Dispose();
        }
    }

    private static bool IsRunning()
    {
        if (!s_folder.Exists)
            return false;
        using var folder = OpenFolder.FindOwn(s_folder.Path);
        if (folder?.Look(LockName) is null)
            return false;
        using var turn = folder.TryLock(LockName);
        return turn is null;
    }

    // Packages and archives lose it.
    private static void MendMode(string program)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            var mode = File.GetUnixFileMode(program);
            if ((mode & Execute) != Execute)
                File.SetUnixFileMode(program, mode | Execute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it does not start, which is said.
        }
    }

    private static NetworkException Failure(string program, string why, Exception? inner) => new(
        NetworkErrorCode.DependencyFailed,
        $"The program {program} does not start, so that nobody renews leases: {why}.",
        program,
        inner);
}
