using LxcNetworking.Files;
using LxcNetworking.State;
using LxcNetworking.Values;

namespace LxcNetworking.Program;

/// <summary>Waits until a document is confirmed, and puts back what was there before where it is not.</summary>
internal static class Watcher
{
    public static int Run(string file, string document, TimeSpan since)
    {
        // What was done is told after this process has ended, so that its log stays.
        var log = new HelperLog();
        try
        {
            using var changes = new FolderChanges(new RunFolder(RunFolder.StateName).Path);
            using var timer = new BootTimer();
            ConfirmationWait.Run(
                file,
                document,
                since,
                deadline =>
                {
                    timer.Set(deadline);
                    WaitHandle.WaitAny([changes.Changed, timer.Elapsed]);
                },
                log.Write);
            return 0;
        }
        catch (NetworkException e)
        {
            log.Write(e.Message);
            return 1;
        }
    }
}
