using LxcNetworking.State.Text;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Documents as files.</summary>
[Trait("Kernel", "none")]
public class StateFileTests
{
    private const string Place = "/run/state";

    [Fact]
    public void The_name_says_what_is_in_a_file() => Run(() =>
    {
        Directory.CreateDirectory(Place);
        File.WriteAllBytes($"{Place}/a.YML", [0xef, 0xbb, 0xbf, .. "a: ü"u8]);
        Assert.Equal(("a: ü", StateFormat.Yaml), StateFile.Read($"{Place}/a.YML"));
        File.CreateSymbolicLink($"{Place}/b.json", "a.YML");
        Assert.Equal(StateFormat.Json, StateFile.Read($"{Place}/b.json").Format);
        Assert.Equal(StateFormat.PowerShellData, StateFile.FormatOf("c.psd1"));
        Refused(NetworkErrorCode.InvalidArgument,
            "'/run/state/a' does not say what is in it: a document's name ends with .yaml, .yml, .json or .psd1.",
            () => StateFile.Read($"{Place}/a"));
    });

    [Fact]
    public void Only_a_regular_file_of_UTF_8_is_read() => Run(() =>
    {
        Directory.CreateDirectory($"{Place}/folder.yaml");
        Execute("mkfifo", $"{Place}/fifo.yaml");
        File.CreateSymbolicLink($"{Place}/zero.yaml", "/dev/zero");
        File.CreateSymbolicLink($"{Place}/proc.yaml", "/proc/uptime");
        File.WriteAllBytes($"{Place}/bytes.yaml", [.. "a: "u8, 0xff]);
        using (var file = File.Create($"{Place}/big.yaml"))
            file.SetLength(StateText.MostBytes + 1);
        var cases = new (NetworkErrorCode Code, string Message, string Name)[]
        {
            (NetworkErrorCode.ObjectNotFound, "The file '/run/state/x.yaml' cannot be read: it is not there.", "x"),
            (NetworkErrorCode.InvalidArgument, "'/run/state/folder.yaml' is a folder; it cannot be read.", "folder"),
            (NetworkErrorCode.InvalidArgument, "'/run/state/fifo.yaml' is no regular file; it cannot be read.", "fifo"),
            (NetworkErrorCode.InvalidArgument, "'/run/state/zero.yaml' is no regular file; it cannot be read.", "zero"),
            (NetworkErrorCode.InvalidArgument,
                "'/run/state/proc.yaml' is one of the kernel's own files; it cannot be read.", "proc"),
            (NetworkErrorCode.InvalidArgument,
                "'/run/state/bytes.yaml' is not UTF-8: byte 4 is part of no character.", "bytes"),
            (NetworkErrorCode.InvalidArgument,
                "'/run/state/big.yaml' is larger than 32768 KiB; it cannot be read.", "big"),
        };
        foreach (var (code, message, name) in cases)
            Refused(code, message, () => StateFile.Read($"{Place}/{name}.yaml"));
    });

    [Fact]
    public void A_file_is_written_at_once_and_stays_whose_it_is() => Run(() =>
    {
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(Place);
        StateFile.Write($"{Place}/new.yaml", "a: ü\n");
        Assert.Equal("a: ü\n", File.ReadAllText($"{Place}/new.yaml"));
        Assert.Equal(Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            File.GetUnixFileMode($"{Place}/new.yaml"));
        File.SetUnixFileMode($"{Place}/new.yaml", Private);
        File.CreateSymbolicLink($"{Place}/link.yaml", "new.yaml");
        StateFile.Write($"{Place}/link.yaml", "b\n");
        Assert.Equal("b\n", File.ReadAllText($"{Place}/new.yaml"));
        Assert.Equal(Private, File.GetUnixFileMode($"{Place}/new.yaml"));
        Assert.NotNull(new FileInfo($"{Place}/link.yaml").LinkTarget);
        Execute("mkfifo", $"{Place}/fifo.yaml");
        Refused(NetworkErrorCode.InvalidArgument, "'/run/state/fifo.yaml' is no regular file; it cannot be written.",
            () => StateFile.Write($"{Place}/fifo.yaml", "a"));
        Refused(NetworkErrorCode.ObjectNotFound,
            "The file '/run/state/x/a.yaml' cannot be written: it is not there.",
            () => StateFile.Write($"{Place}/x/a.yaml", "a"));
        Assert.Equal(3, Directory.GetFileSystemEntries(Place).Length);
    });

    private static void Refused(NetworkErrorCode code, string message, Action action)
    {
        var error = Assert.Throws<NetworkException>(action);
        Assert.Equal((code, message), (error.Code, error.Message));
    }
}
