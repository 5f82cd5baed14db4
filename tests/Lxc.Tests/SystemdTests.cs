using System.Diagnostics;
using LxcNetworking.Tests;

namespace Lxc.Tests;

/// <summary>The module on a machine whose first process is systemd: one that is booted in namespaces of its
/// own.</summary>
[Trait("Suite", "systemd")]
public sealed class SystemdTests
{
    [Fact]
    public void Lxcnet_is_a_unit_of_systemd_for_as_long_as_there_is_a_lease()
    {
        var script = $$"""
            Import-Module '{{Repository.BuiltManifest}}'
            function State { (systemctl show lxcnet-leases -p ActiveState -p Transient -p MainPID) -join ' ' }
            ip link set lo up
            $null = New-ContainerNetwork br0 -Subnet 10.9.0.1/24 -Dhcp
            'web', 'db' | New-NetNamespace | Out-Null
            "before: $(State)"
            $null = Connect-Container web -Network br0
            $first = State
            "leased: $($first -replace '\d+', 'N')"
            $null = Connect-Container db -Network br0
            "again: $($first -eq (State))"
            $id = [int] ($first -replace '^.*MainPID=|\s.*$')
            # What a unit of its own is for: it does not end with the session that started it.
            "cgroup: $(@(Get-Content /proc/$id/cgroup)[-1] -replace '^0::')"
            "network: $((Get-Item /proc/$id/ns/net).LinkTarget -eq (Get-Item /proc/1/ns/net).LinkTarget)"
            Disconnect-Container web eth0
            "one left: $(State)" -replace '\d+', 'N'
            Disconnect-Container db eth0
            for ($i = 0; $i -lt 100 -and (State) -like '*=active*'; $i++) { Start-Sleep -Milliseconds 100 }
            "after: $(State)"
            """;
        Assert.Equal(
            """
            before: MainPID=0 ActiveState=inactive Transient=no
            leased: MainPID=N ActiveState=active Transient=yes
            again: True
            cgroup: /system.slice/lxcnet-leases.service
            network: True
            one left: MainPID=N ActiveState=active Transient=yes
            after: MainPID=0 ActiveState=inactive Transient=no

            """,
            Boot($"pwsh -NoProfile -NonInteractive -Command - <<'END'\n{script}\nEND"));
    }

    [Fact]
    public void What_nobody_confirms_is_put_back_by_a_unit_of_systemd()
    {
        // One namespace has no name, and only one process is in it.
        var script = $$"""
            Import-Module '{{Repository.BuiltManifest}}'
            $unnamed = Start-Process unshare -ArgumentList '--net', 'sleep', 'infinity' -PassThru
            while ((Get-Content "/proc/$($unnamed.Id)/comm") -ne 'sleep') { Start-Sleep -Milliseconds 20 }
            function Find { @(systemctl list-units 'lxcnet-confirmation-*' --plain --no-legend --no-pager) }
            "before: $(Find)"
            $document = @{ name = 'lab'; links = @(@{ name = 'br7'; kind = 'bridge' }) }
            $null = $document | Set-NetState -ConfirmTimeout 600 -Namespace $unnamed.Id -WarningAction Ignore
            $null = $document | Set-NetState -ConfirmTimeout 4 -WarningAction Ignore
            "waiting: $((Find).Count)"
            "made: $(Test-Path /sys/class/net/br7)"
            $ids = Find | ForEach-Object { systemctl show ($_ -split ' ')[0] -p MainPID --value }
            $ids | ForEach-Object { "cgroup: $(@(Get-Content /proc/$_/cgroup)[-1] -replace '^0::|\d+')" }
            (Restore-NetState lab -Namespace $unnamed.Id).Result
            $unnamed.Kill()
            for ($i = 0; $i -lt 300 -and (Find); $i++) { Start-Sleep -Milliseconds 100 }
            "after: $(Find) $(Test-Path /sys/class/net/br7)"
            Test-NetState -InputObject $document 3>&1 | ForEach-Object { "$_" }
            """;
        Assert.Equal(
            """
            before: 
            waiting: 2
            made: True
            cgroup: /system.slice/lxcnet-confirmation-.service
            cgroup: /system.slice/lxcnet-confirmation-.service
            Restored
            after:  False
            The document 'lab' was not confirmed in time. What it had done is put back.
            Create link br7

            """,
            Boot($"pwsh -NoProfile -NonInteractive -Command - <<'END'\n{script}\nEND"));
    }

    [Fact]
    public void What_was_made_is_there_after_a_restart_of_systemd_networkd()
    {
        var script = Repository.File("tests", "lanes", "systemd", "networkd.sh");
        var output = Boot($"{script} '{Repository.BuiltManifest}'");
        Assert.StartsWith(
            """
            made: 10.0.4.1 10.9.0.0/16 77 id 9
            left without the file: 10.0.4.1
            left with the file: 10.0.4.1 10.9.0.0/16 77
            """,
            output,
            StringComparison.Ordinal);
    }

    private static string Boot(string command)
    {
        var start = new ProcessStartInfo(Repository.File("tests", "lanes", "systemd", "run.sh"), [command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var program = Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync();
        var output = program.StandardOutput.ReadToEnd();
        program.WaitForExit();
        Assert.True(program.ExitCode == 0, $"exit code {program.ExitCode}: {output}{errors.Result}");
        return output;
    }
}
