using System.Diagnostics;
using System.Globalization;
using static LxcNetworking.Tests.LxcnetProgram;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What lxcnet applies for a time, and what ends it in the midst.</summary>
[Trait("Kernel", "none")]
public class LxcnetConfirmationTests
{
    private const string FileName = "/run/a.yaml", Confirming = "--confirm-timeout";

    [Fact]
    public void What_is_confirmed_stays_and_what_is_restored_goes() => Sandboxed(() =>
    {
        var warning = Fail(0, "apply", FileName, Confirming, "600", "-q");
        Assert.Equal(
            "lxcnet: warning: The document 'a' awaits confirmation. Unless 'lxcnet confirm a' comes within 600 "
                + "seconds, what was there before is put back.",
            warning);
        Assert.Equal(warning[..70], Fail(0, "test", FileName)[..70]);
        Assert.StartsWith(
            "The document 'a' awaits confirmation.",
            Lines(Fail(0, "test", FileName, "--json"))[0].GetProperty("warning").GetString(),
            StringComparison.Ordinal);
        var refusal = Fail(3, "apply", FileName);
        Assert.Contains(" Keep it with 'lxcnet confirm a', or put back what was there with 'lxcnet restore a'",
            refusal, StringComparison.Ordinal);
        Assert.Contains("or use --confirm-timeout.", Fail(3, "apply", Write("b")), StringComparison.Ordinal);
        Assert.Matches("^NAME +NAMESPACE +RESULT\na +.* +Confirmed\n$", Lxcnet(0, "confirm"));
        Assert.Equal(string.Empty, Lxcnet(0, "test", FileName));

        Assert.StartsWith("lxcnet: warning: ", Fail(0, "remove", "a", Confirming, "600"), StringComparison.Ordinal);
        Assert.DoesNotContain("d-a", Links(), StringComparison.Ordinal);
        var restored = Assert.Single(Lines(Lxcnet(0, "restore", "a", "--json")));
        Assert.Equal("Restored", restored.GetProperty("result").GetString());
        Assert.Contains("d-a", Links(), StringComparison.Ordinal);
        Assert.Contains("No document awaits confirmation", Fail(1, "restore"), StringComparison.Ordinal);
        Assert.Contains("does not await confirmation", Fail(1, "confirm", "a"), StringComparison.Ordinal);
        _ = Lxcnet(0, "remove", "a");
        Assert.Contains("from one second to one day", Fail(1, "apply", FileName, Confirming, "0"),
            StringComparison.Ordinal);
        Assert.Contains("'6x' is no number of seconds.", Fail(1, "apply", FileName, Confirming, "6x"),
            StringComparison.Ordinal);
    });

    [Fact]
    public void What_nobody_confirms_goes_back_and_its_confirmation_says_so() => Sandboxed(() =>
    {
        _ = Fail(0, "apply", FileName, Confirming, "1");
        Assert.True(Eventually(() => !Links().Contains("d-a", StringComparison.Ordinal)));
        Assert.Contains("was not confirmed in time. What it had done is put back.", Fail(4, "confirm", "a"),
            StringComparison.Ordinal);
    });

    [Fact]
    public void What_cannot_be_put_back_is_named() => Sandboxed(() =>
    {
        _ = Fail(0, "apply", FileName, Confirming, "600");
        Ip("link del d-a");
        Ip("link add d-a type bridge");
        Assert.Contains("is another one than 'a' made, and is left.", Fail(5, "restore", "a"),
            StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void A_signal_in_the_midst_has_all_put_back(string signal) => Sandboxed(() =>
    {
        var process = Start(["apply", Slow()]);
        Assert.True(Eventually(() => Links().Contains("x0@", StringComparison.Ordinal)));
        Kill(process, signal);
        var (code, output, error) = End(process);
        Assert.Equal((4, string.Empty), (code, output));
        Assert.Equal("lxcnet: Interrupted. What was there before is put back.\n", error);
        Assert.DoesNotContain("x0@", Links(), StringComparison.Ordinal);
        Assert.Equal(string.Empty, Lxcnet(0, "show"));
    });

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_before_anything_is_done_says_that(string signal, int code) => Sandboxed(() =>
    {
        // Another command that applies a document holds the lock.
        Directory.CreateDirectory("/run/lxcnetworking/state");
        File.WriteAllText("/run/lxcnetworking/state/.lock", string.Empty);
        using var holder = Process.Start(new ProcessStartInfo(
            "flock", ["/run/lxcnetworking/state/.lock", "sleep", "600"]))!;
        try
        {
            Assert.True(Eventually(
                () => TryExecute("flock", "-n", "/run/lxcnetworking/state/.lock", "true").Code != 0));
            var process = Start(["apply", FileName]);
            Assert.True(Eventually(() => HearsSignals(process)));
            Kill(process, signal);
            Assert.Equal((code, string.Empty, "lxcnet: Interrupted. Nothing was changed.\n"), End(process));
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
        }
    });

    [Fact]
    public void What_a_killed_command_left_is_put_back_by_the_next_one() => Sandboxed(() =>
    {
        var process = Start(["apply", Slow()]);
        Assert.True(Eventually(() => Links().Contains("x0@", StringComparison.Ordinal)));
        process.Kill();
        _ = End(process);
        // Whoever only asks what would be done changes nothing.
        Assert.NotEqual(string.Empty, Lxcnet("plan", FileName).Output);
        Assert.Contains("x0@", Links(), StringComparison.Ordinal);
        Assert.Equal(
            "lxcnet: warning: A command that applied or removed the document 'slow' was killed. What it had done is "
                + "put back.",
            Fail(2, "test", FileName));
        Assert.DoesNotContain("x0@", Links(), StringComparison.Ordinal);
    });

    private static void Sandboxed(Action body) => Sandbox.Run(() =>
    {
        _ = Write("a");
        body();
    });

    private static string Write(string name)
    {
        var path = $"/run/{name}.yaml";
        File.WriteAllText(path, $"name: {name}\nlinks: [{{name: d-{name}, kind: bridge}}]");
        return path;
    }

    // Nobody answers.
    private static string Slow()
    {
        const string Path = "/run/slow.yaml";
        File.WriteAllText(Path, "name: slow\nlinks: [{name: x0, kind: veth, peer: x1, addresses: dhcp}]");
        return Path;
    }

    // The runtime starts the thread with the first handler, and lxcnet has three of them at once. Where the runtime
    // compiles it beside other tests, that takes more than a second.
    private static bool HearsSignals(Process process)
    {
        var threads = Directory.EnumerateDirectories($"/proc/{process.Id}/task")
            .Select(task => File.ReadAllText(task + "/comm")).ToList();
        if (!threads.Contains(".NET SigHandler\n"))
            return false;
        Thread.Sleep(2000);
        return true;
    }

    private static string Links() => Ip("-o link");

    private static void Kill(Process process, string signal)
        => Execute("kill", $"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture));
}
