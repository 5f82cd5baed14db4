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

    [Fact]
    public void The_network_of_the_documents_stands_before_the_network_target_and_a_late_card_is_pending()
    {
        const string Lab = """
            name: lab
            namespaces: [web]
            links:
            - {name: br7, kind: bridge, addresses: 10.9.0.1/24}
            - {name: em8, bridge: br7}
            - {name: mv0, kind: macvlan, mode: bridge, parent: em9, addresses: 10.8.0.1/24}
            routes: [{destinationPrefix: 10.7.0.0/16, nextHop: 10.8.0.9}]
            """;
        const string Look = """
            show() { systemctl show "$1" -p "$2" --value; }
            echo "$(show lxcnet ActiveState) $(show lxcnet Result)"
            echo "first: $(($(show lxcnet ActiveEnterTimestampMonotonic) <= $(
                show network.target ActiveEnterTimestampMonotonic)))"
            echo "made: $(ip -br -4 addr show br7 | awk '{print $3}') $(ls /run/netns)"
            journalctl -u lxcnet -o cat | grep Pending | awk '{print $1, $2, $3}'
            systemd-analyze verify --man=no lxcnet.service && echo verified
            ip link add em9 type veth peer name em9x
            systemctl reload lxcnet
            ip -br -4 addr show mv0 | awk '{print $1, $3}'
            ip -br link show type veth | awk '{print $1}'
            echo 'links: [{name: br8, kind: bridge}, {name: br9, kind: dumy}]' >/etc/lxcnet/other.yaml
            systemctl reload lxcnet 2>/dev/null || journalctl -u lxcnet -o cat | grep -o '^.*other.yaml.*dumy'
            systemctl stop lxcnet
            echo "stays: $(ip -br -4 addr show br7 | awk '{print $3}')"
            """;
        Assert.Equal(
            """
            active success
            first: 1
            made: 10.9.0.1/24 web
            Pending link em8
            Pending link mv0
            Pending address mv0
            Pending route 10.7.0.0/16
            verified
            mv0@em9 10.8.0.1/24
            em9x@em9
            em9@em9x
            /etc/lxcnet/other.yaml:1:54: links[1].kind: 'dumy
            stays: 10.9.0.1/24

            """,
            Boot(Look, Installed(Lab, "lxcnet")));
    }

    [Fact]
    public void What_comes_after_the_boot_gets_its_network_by_a_unit_that_keeps_it()
    {
        const string Lab = """
            name: lab
            links:
            - {name: br7, kind: bridge, addresses: 10.9.0.1/24}
            - {name: p0, kind: veth, bridge: br7, peer: {name: eth0, namespace: web, addresses: 10.9.0.2/24}}
            - {name: mv0, kind: macvlan, mode: bridge, parent: em9, addresses: 10.8.0.1/24}
            """;
        const string Look = """
            show() { systemctl show lxcnet-watch -p "$1" --value; }
            await() { for ((i = 0; i < 600; i++)); do eval "$1" && return; sleep 0.1; done; echo "never: $1"; }
            systemd-analyze verify --man=no lxcnet.service lxcnet-watch.service && echo verified
            await 'journalctl -u lxcnet-watch -o cat | grep -q "Pending: link mv0"'
            echo "$(show ActiveState)"
            ip netns add web
            await 'ip -n web -br -4 address show eth0 2>/dev/null | grep -o 10.9.0.2/24'
            ip netns del web
            await '! ip link show p0 >/dev/null 2>&1'
            ip netns add web
            await 'ip -n web -br -4 address show eth0 2>/dev/null | grep -o 10.9.0.2/24'
            ip link add em9 type veth peer name em9x
            await 'ip -br -4 address show mv0 2>/dev/null | grep -o 10.8.0.1/24'
            [ "$(readlink "/proc/$(show MainPID)/ns/mnt")" = "$(readlink /proc/1/ns/mnt)" ] && echo 'same files'
            printf 'name: b\nlinks: [{name: d0, namespace: db, kind: bridge}]\n' >/etc/lxcnet/b.yaml
            systemctl reload lxcnet-watch
            await 'journalctl -u lxcnet-watch -o cat | grep -q "Pending: link d0 in namespace db"'
            sed -i 's/lxcnet watch/lxcnet watch --repair/' /usr/lib/systemd/system/lxcnet-watch.service
            systemctl daemon-reload
            systemctl restart lxcnet-watch
            await 'journalctl -u lxcnet-watch -o cat | grep -c "Pending: link d0" | grep -q 2'
            ip link del br7
            await 'ip -br -4 address show br7 2>/dev/null | grep -o 10.9.0.1/24'
            systemctl stop lxcnet-watch
            echo "$(show ActiveState) $(show Result)"
            """;
        Assert.Equal(
            """
            verified
            active
            10.9.0.2/24
            10.9.0.2/24
            10.8.0.1/24
            same files
            10.9.0.1/24
            inactive success

            """,
            Boot(Look, Installed(Lab, "lxcnet lxcnet-watch")));
    }

    // The package is installed before the boot, with a document and units that are enabled.
    private static string Installed(string document, string units)
    {
        if (!File.Exists(Repository.File("out", "lxcnet", "lxcnet")))
            Assert.Skip("lxcnet is not compiled ahead of time");
        return $"""
            SOURCE_DATE_EPOCH=0 src/lxcnet/debian/package.sh out/lxcnet/lxcnet 0.2.0 /tmp >/dev/null
            dpkg --install --no-triggers --force-unsafe-io --force-depends /tmp/lxcnet_*.deb >/dev/null
            find /etc/systemd/system -name 'lxcnet*'
            cat >/etc/lxcnet/lab.yaml <<'END'
            {document}
            END
            systemctl enable --quiet {units}
            mkdir /etc/systemd/system/lane.service.d
            printf '[Unit]\nWants=multi-user.target\nAfter=multi-user.target\n' \
                >/etc/systemd/system/lane.service.d/boot.conf
            """;
    }

    private static string Boot(string command, string before = "")
    {
        var start = new ProcessStartInfo(
            Repository.File("tests", "lanes", "systemd", "run.sh"), ["-b", before, command])
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
