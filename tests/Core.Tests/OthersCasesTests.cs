using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// What other projects test of the kernel, done by the library: vishvananda/netlink (N), pyroute2 (P), iproute2 (I) and
/// the kernel's selftests (K). Names, values and outcomes are facts of theirs; no text of theirs is here.
/// </summary>
public class OthersCasesTests
{
    private static readonly OtherCases[] s_all =
    [
        .. OtherLinkCases.All, .. OtherVirtualCases.All, .. OtherTunnelCases.All, .. OtherRouteCases.All,
        .. OtherRouteCases.Encapsulated, .. OtherRuleCases.All, .. OtherEntryCases.All,
    ];

    public static TheoryData<string> Names => [.. s_all.Select(cases => cases.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Others_cases_are_as_they_expect_them(string name)
        => Run(() => Try(s_all.Single(all => all.Name == name)));

    [Fact]
    [Trait("Kernel", "new")]
    public void Netkits_are_as_others_expect_them() => Run(() => Try(OtherVirtualCases.Netkits));

    [Fact]
    public void There_are_enough_and_each_has_a_name_of_its_own()
    {
        var cases = s_all.Append(OtherVirtualCases.Netkits).SelectMany(all => all.Cases).ToList();
        Assert.Empty(cases.GroupBy(one => one.Id).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.Empty(cases.Where(one => one.Changed is null != one.Then is null).Select(one => one.Id));
        Assert.True(cases.Count >= 150, $"{cases.Count} cases");
    }

    private static void Try(OtherCases cases)
    {
        // Where nothing may be skipped nothing is asked: on an emulated processor that takes as long as the cases.
        if (!IsFullKernel)
        {
            foreach (var kind in cases.Needs)
                NeedsKind(kind);
            var (code, _, _) = TryExecute("ip", ["link", "add", "probe0", "type", "bridge", "vlan_filtering", "1"]);
            TryExecute("ip", ["link", "del", "probe0"]);
            if (cases.NeedVlanFiltering && code != 0)
                Lacking("this kernel's bridges do not filter VLANs");
        }

        var failures = new OtherCaseRun(cases).Run();
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }
}
