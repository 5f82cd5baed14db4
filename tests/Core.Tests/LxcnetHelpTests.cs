using System.Diagnostics;
using System.Text.RegularExpressions;
using LxcNetworking.State.Documents;
using static LxcNetworking.Tests.LxcnetProgram;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What lxcnet says of itself (help, manual page, completion, schema, version), and how soon.</summary>
[Trait("Kernel", "none")]
public partial class LxcnetHelpTests
{
    private const string Manual = "docs/lxcnet.8";

    public static TheoryData<string> Commands =>
    [
        "apply", "plan", "test", "watch", "show", "export", "remove", "confirm", "restore", "schema", "dsc",
        "completion",
    ];

    [Fact]
    public void The_program_lists_its_commands_and_exit_codes()
    {
        var help = Lxcnet(0, "--help");
        Assert.Equal(help, Lxcnet(0, "-h"));
        Assert.Equal(
            Commands.Select(row => row.Data),
            CommandName().Matches(help.Split("Commands:\n")[1].Split("\n\n")[0])
                .Select(match => match.Groups[1].Value));
        Assert.All(new[] { "0", "1", "2", "3", "4", "5", "130, 143" },
            code => Assert.Contains($"\n  {code} ", help, StringComparison.Ordinal));
        Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        var version = typeof(StateDocument).Assembly.GetName().Version!.ToString(3);
        Assert.Equal($"lxcnet {version}\n", Lxcnet(0, "--version"));
        Assert.Equal("lxcnet: Which command? 'lxcnet --help' says more.", Fail(1));
        Assert.Equal("lxcnet: There is no command 'aply'. 'lxcnet --help' says more.", Fail(1, "aply", "a.yaml"));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_says_how_it_is_used_with_examples_that_can_be(string command)
    {
        var help = Lxcnet(0, command, "--help");
        Assert.StartsWith($"lxcnet {command}: ", help, StringComparison.Ordinal);
        Assert.Contains($"\nUsage: lxcnet {command}", help, StringComparison.Ordinal);
        Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        var options = Option().Matches(help.Split("Examples:\n")[0].Split("Options:\n")[1])
            .Select(match => match.Value).ToList();
        var examples = help.Split("Examples:\n")[1].Split('\n')
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ').ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, line => Assert.Contains($"lxcnet {command}", line, StringComparison.Ordinal));
        Assert.All(examples.SelectMany(line => Option().Matches(line.Split('|')[0])),
            match => Assert.Contains(match.Value, options));
        Assert.Contains(
            $"There is no option '--nothing'. 'lxcnet {command} --help' says more.",
            Fail(1, [command, .. command is "apply" or "plan" or "test" or "watch" ? ["a.yaml"]
                : command == "completion" ? ["bash"] : command == "dsc" ? ["get", "Link"] : Array.Empty<string>(),
                "--nothing"]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_command_line_is_told_in_json_too()
    {
        var error = Assert.Single(Lines(Fail(1, "apply", "a.yaml", "--json", "--dry-rum")));
        Assert.Equal(
            "There is no option '--dry-rum'. 'lxcnet apply --help' says more.", error.GetProperty("error").GetString());
        Assert.Contains("Required argument 'FILE' missing", Fail(1, "apply"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_manual_page_is_what_the_help_says()
    {
        var page = Lxcnet(0, "manual");
        var file = CheckoutFile(Manual);
        if (Environment.GetEnvironmentVariable("LXCNETWORKING_WRITE_MANUAL") is not null)
            File.WriteAllText(file, page);
        Assert.True(
            File.ReadAllText(file) == page,
            $"{Manual} is written anew by this test with LXCNETWORKING_WRITE_MANUAL=1.");
        foreach (var command in Commands.Select(row => row.Data))
        {
            Assert.Contains($".SS lxcnet {command}", page, StringComparison.Ordinal);
            foreach (var option in Option().Matches(Lxcnet(0, command, "--help").Split("Options:\n")[1]
                .Split("Examples:\n")[0]).Select(match => match.Value))
                Assert.Contains(option.Replace("-", "\\-", StringComparison.Ordinal), page, StringComparison.Ordinal);
        }

        // Requests of the man macros alone, and no line that is one by mistake.
        Assert.All(
            page.Split('\n').Where(line => line.StartsWith('.') || line.StartsWith('\'')),
            line => Assert.Matches(@"^\.(\\""|TH|SH|SS|TP|PP|nf|fi|RS|RE|BR|br)\b|^\.\\""", line));
        if (!File.Exists("/usr/bin/groff"))
            return;
        var (code, output, error) = TryExecute("groff", "-man", "-ww", "-Tutf8", file);
        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains("confirm-timeout SECONDS", Styles().Replace(output, string.Empty), StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_is_the_modules()
        => Assert.Equal(File.ReadAllText(CheckoutFile("Module/netstate.schema.json")), Lxcnet(0, "schema"));

    [Fact]
    public void Completion_knows_commands_options_and_their_values()
    {
        Assert.Equal(Commands.Select(row => row.Data), Complete(string.Empty));
        Assert.Equal(["confirm"], Complete("conf"));
        Assert.Equal(["--help", "--version", "-h"], Complete("-"));
        Assert.Equal(["--confirm-timeout"], Complete("apply", "a.yaml", "--c"));
        Assert.Equal([":files"], Complete("apply", "a.yaml", string.Empty));
        Assert.Equal([], Complete("apply", "--confirm-timeout", string.Empty));
        Assert.Equal(["yaml"], Complete("export", "--format", "y"));
        Assert.Equal(["--format=json"], Complete("export", "--format=j"));
        Assert.Equal(["zsh"], Complete("completion", "z"));
        Assert.Equal([], Complete("completion", "zsh", string.Empty));
        Assert.Equal(["get"], Complete("dsc", "g"));
        Assert.Equal(["Link"], Complete("dsc", "get", "L"));
        Assert.Equal([], Complete("dsc", "get", "Link", string.Empty));
        Assert.Equal([], Complete("schema", string.Empty));
        Assert.Equal([":files"], Complete("apply", "--", "-a"));
        Assert.Equal([], Complete("aply", string.Empty));
    }

    [Fact]
    public void Scripts_are_what_their_shells_read()
    {
        foreach (var shell in new[] { "bash", "zsh", "fish" })
        {
            var script = Lxcnet(0, "completion", shell);
            Assert.Contains("lxcnet complete", script, StringComparison.Ordinal);
            if (!File.Exists($"/usr/bin/{shell}"))
                continue;
            var file = Path.GetTempFileName();
            File.WriteAllText(file, script);
            Assert.Equal((0, string.Empty, string.Empty), TryExecute(shell, "-n", file));
            File.Delete(file);
        }

        Assert.Contains("Register-ArgumentCompleter", Lxcnet(0, "completion", "pwsh"), StringComparison.Ordinal);
        Assert.Equal(
            "lxcnet: There is no completion for 'ksh', but for bash, zsh, fish and pwsh.",
            Fail(1, "completion", "ksh"));
    }

    [Fact]
    public void Bash_completes_what_is_typed() => Sandbox.Run(() =>
    {
        Ip("netns add web");
        File.WriteAllText("/run/a.yaml", "name: lab\nlinks: [{name: d0, kind: bridge}]");
        _ = Lxcnet(0, "apply", "/run/a.yaml");
        Assert.Equal("apply\n", Bash("lxcnet ap"));
        Assert.Equal("--json\n", Bash("lxcnet show --j"));
        Assert.Equal("lab\n", Bash("lxcnet remove "));
        Assert.Equal("lab\n", Bash("lxcnet export --name l"));
        Assert.Equal(string.Empty, Bash("lxcnet remove -n web "));
        Assert.Equal(string.Empty, Bash("lxcnet confirm "));
        Assert.Equal("web\n", Bash("lxcnet remove -n w"));
        Assert.Equal("/run/a.yaml\n", Bash("lxcnet apply /run/a.y"));
        _ = Lxcnet(0, "remove", "lab");
        _ = Fail(0, "apply", "/run/a.yaml", "--confirm-timeout", "600");
        Assert.Equal("lab\n", Bash("lxcnet restore "));
        _ = Lxcnet(0, "restore");
    });

    [Fact]
    public void It_starts_at_once()
    {
        if (!IsNative)
            Assert.Skip("lxcnet is not compiled ahead of time");
        Sandbox.Run(() =>
        {
            File.WriteAllText("/run/a.yaml", "name: lab\nlinks: [{name: d0, kind: bridge}]");
            // 10 ms where the processor has nothing else to do; this one may be busy or emulated.
            Assert.InRange(Median("--version"), 0, 150);
            Assert.InRange(Median("test", "/run/a.yaml"), 0, 300);
        });
    }

    private static double Median(params string[] arguments)
    {
        var times = Enumerable.Range(0, 15).Select(i =>
        {
            var since = Stopwatch.GetTimestamp();
            _ = Lxcnet(arguments);
            return Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        }).Order().ToList();
        return times[times.Count / 2];
    }

    private static string[] Complete(params string[] words)
        => Lxcnet(0, ["complete", .. words]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // As bash calls it when Tab is pressed at the line's end.
    private static string Bash(string line) => Execute(
        "bash", "--norc", "-c",
        $$"""
        PATH={{Path.GetDirectoryName(ProgramPath)}}:$PATH
        source <(lxcnet completion bash)
        COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
        _lxcnet lxcnet "${COMP_LINE##* }" ''
        [ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
        """);

    [GeneratedRegex(@"(?<=[\s'])--[a-z-]+")]
    private static partial Regex Option();

    [GeneratedRegex(@"(?m)^  ([a-z]+) ")]
    private static partial Regex CommandName();

    // Overstriking and escapes of terminals.
    [GeneratedRegex("\e\\[[0-9;]*m|.\b")]
    private static partial Regex Styles();
}
