using System.Text.Json;
using System.Text.Json.Nodes;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What is exported, and applied in empty namespaces, is exported again as it was, and ip(8) sees the
/// same.</summary>
public class StateCircleTests
{
    // What the kernel keeps of one direction alone, and of a bond's port, has no property that can be set.
    private static readonly string[] s_withoutProperty = ["gre 4", "gretap 4", "bond-port 2"];

    // What every kernel has is tried where it is not emulated.
    private static readonly string[] s_everywhere = ["bridge", "bridge-port", "tun", "veth", "vxlan"];

    /// <summary>The recordings that can be made here.</summary>
    public static TheoryData<string> Kinds => [.. Recording.All.Select(recording => recording.Kind).Distinct()
        // No document makes what L2TP sessions have, nor lo.
        .Where(kind => kind is not ("l2tp" or "loopback" or "hsr" or "netkit"))
        .Where(kind => !IsFullKernel || !s_everywhere.Contains(kind))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_circle_of_a_kind_closes(string kind)
    {
        var made = 0;
        var faults = new List<string>();
        foreach (var recording in Recording.All.Where(
            recording => recording.Kind == kind && !s_withoutProperty.Contains(recording.Name)))
        {
            var commands = recording.Commands.Split('\n').Select(line => line.TrimStart('#', ' '))
                .Where(line => line.StartsWith("ip ", StringComparison.Ordinal)).ToList();
            made += Closes(recording.Name, commands, faults) ? 1 : 0;
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        if (made == 0)
            Lacking($"this kernel has no {kind} links");
    }

    [Theory]
    [Trait("Kernel", "new")]
    [InlineData("hsr")]
    [InlineData("netkit")]
    public void The_circle_of_a_new_kind_closes(string kind) => The_circle_of_a_kind_closes(kind);

    // False where the kernel cannot do what the commands say.
    private static bool Closes(string name, List<string> commands, List<string> faults)
    {
        string? text = null, seen = null;
        Run(() =>
        {
            IpPicture.NameHome();
            foreach (var command in commands)
            {
                if (TryExecute("ip", command.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]).Code != 0)
                    return;
            }

            text = StateTopologyTests.Export();
            seen = IpPicture.Of([IpPicture.Home]);
        });
        if (text is null)
            return false;
        Run(() =>
        {
            IpPicture.NameHome();
            try
            {
                var document = StateTests.Read(text);
                Stacks.Pool.Get().State.Set(document);
                faults.AddRange(Stacks.Pool.Get().State.Test(document).Select(left => $"{name}: {left}"));
                StateTopologyTests.Compare(name + " export", text, StateTopologyTests.Export(), faults);
                StateTopologyTests.Compare(name + " ip", seen!, IpPicture.Of([IpPicture.Home]), faults);
            }
            catch (NetworkException e)
            {
                faults.Add($"{name}: {e.Message}");
            }
        });
        return true;
    }
}
