using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// What a kernel passed over because it does not know it. A rule or route without it would take packets that it must
/// not.
/// </summary>
internal static class PassedOverSettings
{
    /// <summary>Removes what was made where something of it is lacking.</summary>
    /// <param name="names">What is lacking.</param>
    /// <param name="what">What was made, to follow "for".</param>
    /// <param name="target">What the error is about.</param>
    /// <param name="remove">Removes it and gives the refusal, or null.</param>
    /// <exception cref="NetworkException">NotSupported.</exception>
    public static void Refuse(IReadOnlyList<string> names, string what, string target, Func<NetworkException?> remove)
    {
        if (names.Count == 0)
            return;
        throw Rollback.After(
            new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel does not know {string.Join(" and ", names)} for {what}.",
                target),
            $"remove {what}",
            () =>
            {
                if (remove() is { } refusal)
                    throw refusal;
            });
    }
}
