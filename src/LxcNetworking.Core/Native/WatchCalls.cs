using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Native;

/// <summary>What watching a folder needs (inotify(7), eventfd(2), poll(2)).</summary>
internal static partial class WatchCalls
{
    private const string Library = "libc";

    internal const int IN_CLOEXEC = 0x80000, IN_NONBLOCK = 0x800;
    internal const uint IN_MOVED_FROM = 0x40, IN_MOVED_TO = 0x80, IN_CREATE = 0x100, IN_DELETE = 0x200,
        IN_DELETE_SELF = 0x400, IN_MOVE_SELF = 0x800, IN_ONLYDIR = 0x1000000;
    internal const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;
    private const short POLLIN = 1;

    /// <summary>Waits until one of two files can be read.</summary>
    /// <param name="first">A file, or null for none.</param>
    /// <param name="second">Another one.</param>
    /// <param name="milliseconds">How long; -1 for ever.</param>
    internal static void WaitToRead(SafeFileHandle? first, SafeFileHandle second, int milliseconds)
    {
        var keep = false;
        var keepToo = false;
        try
        {
            first?.DangerousAddRef(ref keep);
            second.DangerousAddRef(ref keepToo);
            // poll(2) leaves a negative descriptor out.
            Span<PollDescriptor> both =
            [
                new() { File = first is null ? -1 : (int)first.DangerousGetHandle(), Events = POLLIN },
                new() { File = (int)second.DangerousGetHandle(), Events = POLLIN },
            ];
            _ = Poll(ref MemoryMarshal.GetReference(both), 2, milliseconds);
        }
        finally
        {
            if (keep)
                first!.DangerousRelease();
            if (keepToo)
                second.DangerousRelease();
        }
    }

    [LibraryImport(Library, EntryPoint = "inotify_init1", SetLastError = true)]
    internal static partial int InotifyInit(int flags);

    [LibraryImport(
        Library, EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int InotifyAddWatch(SafeFileHandle file, string path, uint mask);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint value, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeFileHandle file, ref byte buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeFileHandle file, in ulong value, nuint size);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    // struct pollfd of poll(2).
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int File;
        public short Events;
        public short Happened;
    }
}
