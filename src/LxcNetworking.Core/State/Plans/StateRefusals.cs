using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>Words for what cannot be planned.</summary>
internal static class StateRefusals
{
    private const int MostTold = 12;

    /// <summary>One error of several.</summary>
    public static NetworkException Join(IReadOnlyList<NetworkException> refusals)
    {
        if (refusals.Count == 1)
            return refusals[0];
        var told = string.Join(' ', refusals.Take(MostTold).Select(refusal => refusal.Message));
        var more = refusals.Count > MostTold ? $" There are {refusals.Count - MostTold} more." : string.Empty;
        return new NetworkException(refusals[0].Code, told + more, refusals[0].Target)
        {
            Advice = [.. refusals.SelectMany(refusal => refusal.Advice).Distinct()],
        };
    }

    /// <summary>Whose a thing seems to be, by what it bears.</summary>
    public static string SeemsToBe(StateItem actual)
        => (actual.Key.Subject, actual.Text("protocol"), actual.Key.Name) switch
        {
            (StateSubject.Route, "Dhcp", _) => "seems to be a DHCP client's",
            (StateSubject.Route, { } protocol, _) => $"seems to be made by {protocol}",
            (StateSubject.Link, _, var name) when name.StartsWith("docker", StringComparison.Ordinal)
                || name.StartsWith("br-", StringComparison.Ordinal) => "seems to be Docker's",
            (StateSubject.Link, _, var name) when name.StartsWith("cni", StringComparison.Ordinal)
                || name.StartsWith("podman", StringComparison.Ordinal) => "seems to be Podman's",
            (StateSubject.Link, _, var name) when name.StartsWith("virbr", StringComparison.Ordinal)
                || name.StartsWith("vnet", StringComparison.Ordinal) => "seems to be libvirt's",
            (StateSubject.Link, _, "lxcbr0") => "seems to be lxc-net's",
            _ => "this document did not make it",
        };
}
