using System.Runtime.InteropServices;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Files;
using LxcNetworking.Helper;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Program;

/// <summary>Keeps leases until there are none.</summary>
internal static class Server
{
    // A namespace that ends leaves no event.
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    public static int Run()
    {
        using var log = new HelperLog();
        using var ending = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            while (HelperProgram.TryLock() is { } turn)
            {
                try
                {
                    Serve(log, ending.Token);
                }
                finally
                {
                    HelperProgram.Unlock(turn);
                }

                // A command that found the lock held did not start another one for its lease.
                if (ending.IsCancellationRequested || LeaseRecords.All().Count == 0)
                    break;
            }

            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (NetworkException e)
        {
            log.Write(e.Message);
            return 1;
        }

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ending.Cancel();
        }
    }

    private static void Serve(HelperLog log, CancellationToken cancellation)
    {
        using var pool = new NetworkStackPool();
        using var changes = new FolderChanges(new RunFolder(LeaseRecords.FolderName).Path);
        var keeper = new LeaseKeeper(pool, TimeProvider.System, log.Write);
        while (keeper.Run(cancellation) is { } due)
        {
            var left = due - DateTimeOffset.UtcNow;
            changes.Wait(left < s_longestPause ? left : s_longestPause, cancellation);
        }
    }
}
