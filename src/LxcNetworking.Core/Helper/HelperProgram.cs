using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Helper;

/// <summary>
/// Starts lxcnet, the program that goes on with what outlives a command. One process of it on a machine renews leases;
/// it holds a lock, and ends when there is nothing to do. One for each document that awaits confirmation puts back what
/// was there before.
/// </summary>
public static class HelperProgram
{
    /// <summary>Longer than an interface's name can be, so that no network is called so.</summary>
    internal const string FolderName = "helper-program-lock";

    /// <summary>The argument with which it starts another one, which stays, and ends.</summary>
    internal const string StartCommand = "start";

    /// <summary>The argument with which it does its work.</summary>
    internal const string ServeCommand = "serve";

    /// <summary>The argument with which it waits for a confirmation, before the namespace's file, the document's name
    /// and when it was applied (ticks of CLOCK_BOOTTIME).</summary>
    internal const string WatchCommand = "watch-confirmation";

    /// <summary>Where an lxcnet that is not compiled ahead of time finds .NET.</summary>
    internal const string RuntimeVariable = "DOTNET_ROOT";

    private const string Name = "lxcnet", LockName = "lock", SystemdRun = "/usr/bin/systemd-run";
    // A package has units called lxcnet and lxcnet-watch.
    private const string LeasesUnit = "lxcnet-leases", ConfirmationUnit = "lxcnet-confirmation-";
    private const string RenewsLeases = "renews leases", PutsBack = "would put back what was there before";
    private const int MostAttempts = 10, WaitMilliseconds = 10;
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(10);
    private static readonly RunFolder s_folder = new(FolderName);

    /// <summary>The folder that lxcnet lies in. Where it is null, as it is unless set, or has no lxcnet, nobody renews
    /// leases.</summary>
    public static string? Folder { get; set; }

    /// <summary>Starts the one that renews leases unless it runs.</summary>
    /// <exception cref="NetworkException">DependencyFailed: it does not start.</exception>
    internal static void Ensure()
    {
        if (Find() is { } program && !IsRunning())
            Run(program, LeasesUnit, [ServeCommand], IsRunning, RenewsLeases);
    }

    /// <summary>Starts one that waits for a confirmation.</summary>
    /// <param name="file">The file of the namespace that the document is for, which lxcnet opens.</param>
    /// <param name="document">The document's name.</param>
    /// <param name="since">When the document was applied.</param>
    /// <param name="isWaiting">Tells whether lxcnet has all that it needs to wait.</param>
    /// <param name="cancellation">Ends the wait for that.</param>
    /// <exception cref="NetworkException">DependencyFailed: it is not there, or does not start.</exception>
    internal static void Watch(
        string file, string document, TimeSpan since, Func<bool> isWaiting, CancellationToken cancellation)
    {
        var program = Find()
            ?? throw Failure(Path.Combine(Folder ?? string.Empty, Name), PutsBack, "is not there", null);
        var number = since.Ticks.ToString(CultureInfo.InvariantCulture);
        Run(program, ConfirmationUnit + number, [WatchCommand, file, document, number], isWaiting, PutsBack);
        for (var watch = Stopwatch.StartNew(); !isWaiting();)
        {
            if (watch.Elapsed > s_startTimeout)
                throw Failure(program, PutsBack, "does not start: no answer", null);
            if (cancellation.WaitHandle.WaitOne(WaitMilliseconds))
                cancellation.ThrowIfCancellationRequested();
        }
    }

    private static string? Find() => Folder is null || Path.Combine(Folder, Name) is var program
        && !File.Exists(program) ? null : program;

    private static void Run(
        string program, string unit, string[] arguments, Func<bool> isRunning, string consequence)
    {
        MendMode(program);
        // Under systemd it is a unit of its own, so that it does not end with the session that started it.
        var isUnit = Directory.Exists("/run/systemd/system") && File.Exists(SystemdRun);
        var runtime = Environment.GetEnvironmentVariable(RuntimeVariable);
        string[] asUnit =
        [
            "--quiet", "--collect", $"--unit={unit}",
            .. string.IsNullOrEmpty(runtime) ? Array.Empty<string>() : [$"--setenv={RuntimeVariable}={runtime}"],
            "--", program, .. arguments,
        ];
        using var process = isUnit
            ? ChildProgram.Prepare(SystemdRun, asUnit, "/")
            : ChildProgram.Prepare(program, [StartCommand, .. arguments], "/");
        if (!isUnit)
            process.StartInfo.Environment[RuntimeVariable] = runtime;
        try
        {
            process.Start();
            process.StandardInput.Close();
            var words = process.StandardError.ReadToEndAsync();
            if (process.WaitForExit(s_startTimeout) && process.ExitCode == 0)
                return;
            // Another command may have started it meanwhile.
            if (isRunning())
                return;
            var why = words.IsCompletedSuccessfully ? KernelText.Printable(words.Result.Trim()) : "no answer";
            throw Failure(program, consequence, $"does not start: {why}", null);
        }
        catch (Win32Exception e)
        {
            throw Failure(program, consequence, $"does not start: {e.Message}", e);
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

    private static NetworkException Failure(string program, string consequence, string why, Exception? inner) => new(
        NetworkErrorCode.DependencyFailed,
        $"Nobody {consequence}, as the program {program} {why.TrimEnd('.')}.",
        program,
        inner);
}
