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

    /// <summary>An error with the place in the document.</summary>
    /// <param name="code">What it is.</param>
    /// <param name="item">What is said.</param>
    /// <param name="problem">What is wrong, as a sentence without its end.</param>
    /// <param name="advice">What to do; null for what is usual for such an error.</param>
    public static NetworkException Of(
        NetworkErrorCode code, StateItem item, string problem, IReadOnlyList<Advice>? advice = null)
    {
        var where = string.Join(
            ": ", new[] { item.Place.ToString(), item.Path }.Where(part => !string.IsNullOrEmpty(part)));
        var message = where.Length == 0
            ? $"{char.ToUpperInvariant(problem[0])}{problem[1..]}." : $"{where}: {problem}.";
        return new NetworkException(code, message, item.Key.Name)
        {
            Advice = advice ?? code switch
            {
                NetworkErrorCode.ObjectExists => [Advice.OverrideBy("Adopt")],
                NetworkErrorCode.ResourceBusy => [Advice.Override],
                _ => [],
            },
        };
    }

    /// <summary>How what is there differs from what is said.</summary>
    public static string Words(StateItem item, StateItem actual, IEnumerable<string> differing)
        => string.Join(ValueList.Separator, differing.Select(
            property => $"{property} {actual.Text(property) ?? "nothing"} and not {item.Text(property)}"));

    /// <summary>Whose a thing is, or seems to be.</summary>
    public static string WhoseIs(StateItem actual) => actual.Owner is { } owner
        ? $"is of the document '{owner}'" : SeemsToBe(actual);

    // By what it bears.
    private static string SeemsToBe(StateItem actual)
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
