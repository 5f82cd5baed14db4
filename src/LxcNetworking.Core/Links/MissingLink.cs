using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>What is told of a link that is not there.</summary>
internal static class MissingLink
{
    /// <summary>The error.</summary>
    /// <param name="stack">Where it was looked for.</param>
    /// <param name="name">Its name, or "number" and its index.</param>
    /// <param name="thing">What would do in its place: a bridge or a container network; null for just that
    /// link.</param>
    public static NetworkException Error(NetworkStack stack, string name, AdviceThing? thing = null)
    {
        var shown = KernelText.Printable(name);
        var place = stack.Namespace.Text;
        return new NetworkException(
            NetworkErrorCode.LinkNotFound,
            $"There is no interface {(shown.StartsWith("number ", StringComparison.Ordinal) ? shown : $"'{shown}'")}"
                + $" in namespace '{stack.Namespace}'.",
            shown)
        {
            Advice = thing switch
            {
                AdviceThing.Bridge =>
                [
                    Advice.List(AdviceThing.Bridge, place),
                    Advice.To(AdviceKind.Create, AdviceThing.Bridge, place, shown),
                ],
                AdviceThing.Network =>
                [
                    Advice.List(AdviceThing.Link, place),
                    Advice.To(AdviceKind.Create, AdviceThing.Network, place, shown),
                ],
                _ => [Advice.List(AdviceThing.Link, place)],
            },
        };
    }
}
