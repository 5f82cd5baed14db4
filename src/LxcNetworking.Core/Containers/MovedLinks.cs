using System.Globalization;
using System.Text.Json;

namespace LxcNetworking;

/// <summary>
/// Remembers which links were lent to which containers, each under its identity (<see cref="LinkIdentity"/>). Nothing that a link says of
/// itself is believed when it is to come back, as a container's root gives any link any name, alias and group, and makes links as it likes.
/// </summary>
internal static class MovedLinks
{
    /// <summary>Longer than an interface's name can be, so that no network is called so.</summary>
    public const string FolderName = "moved-interfaces";

    private const int MaxBytes = 1 << 20;
    private static readonly RunFolder s_folder = new(FolderName);

    /// <summary>Notes a link before it moves.</summary>
    /// <returns>The note.</returns>
    /// <exception cref="NetworkException">NotSupported, PermissionDenied: without the note it would not come back.</exception>
    public static MovedLink Announce(NetworkStack stack, NetworkStack inside, NetLink link, string insideName)
    {
        var identity = LinkIdentity.Of(stack, link);
        if (identity == 0)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"'{link.Name}' would not be known when it is to come back: sysfs, which tells it from other links, cannot be read in namespace '{stack.Namespace}'. Move-NetLink moves it without a way back.", link.Name);
        return Write(MovedLink.Of(link, identity) with { Namespace = inside.Namespace.Id, InsideName = insideName });
    }

    /// <summary>Notes who it is in there.</summary>
    public static void Confirm(MovedLink moved, NetLink link) => Write(moved with { InsideIndex = link.Index });

    /// <summary>Forgets a link that has come home.</summary>
    public static void Forget(MovedLink moved)
    {
        if (s_folder.Exists)
            s_folder.Remove(Entry(moved.Identity));
    }

    /// <summary>Forgets what a container destroyed, and what a killed process was about to lend to it.</summary>
    public static void Sweep(NetworkStack stack, NetworkStack inside)
    {
        foreach (var (moved, home) in NotInside(stack, inside))
        {
            if (home is null || home.Name == moved.Name)
                Forget(moved);
        }
    }

    /// <summary>The links of a stack that are on record.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="among">Those to look at; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static List<(NetLink Link, MovedLink Moved)> Find(NetworkStack stack, IReadOnlyList<NetLink>? among = null, CancellationToken cancellation = default)
    {
        var known = Read().ToDictionary(moved => moved.Identity);
        if (known.Count == 0)
            return [];
        var links = among ?? stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation);
        var identities = LinkIdentity.Of(stack, links);
        return [.. links.Where(link => identities.TryGetValue(link.Index, out var identity) && known.ContainsKey(identity)).Select(link => (link, known[identities[link.Index]]))];
    }

    /// <summary>The links that were lent to a container and are neither in it nor here any more.</summary>
    public static List<MovedLink> Lost(NetworkStack stack, NetworkStack inside)
        => [.. NotInside(stack, inside).Where(item => item.Home is null).Select(item => item.Moved)];

    private static List<(MovedLink Moved, NetLink? Home)> NotInside(NetworkStack stack, NetworkStack inside)
    {
        var lent = Read().FindAll(moved => moved.Namespace == inside.Namespace.Id);
        if (lent.Count > 0)
            lent = [.. lent.ExceptBy(Find(inside).Select(found => found.Moved.Identity), moved => moved.Identity)];
        var home = lent.Count == 0 ? [] : Find(stack);
        return [.. lent.Select(moved => (moved, (NetLink?)home.Find(found => found.Moved.Identity == moved.Identity).Link))];
    }

    private static List<MovedLink> Read()
    {
        var result = new List<MovedLink>();
        if (!s_folder.Exists)
            return result;
        // An inode is one link's only until the machine starts anew.
        var prefix = NamespaceReference.BootId + "-";
        foreach (var name in s_folder.Names(prefix + "*"))
        {
            try
            {
                if (ulong.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var identity)
                    && s_folder.Read(name, MaxBytes) is { } content
                    && JsonSerializer.Deserialize(content, StateJson.Default.MovedLink) is { } moved)
                    result.Add(moved with { Identity = identity });
            }
            catch (JsonException)
            {
                // Nobody can tell what it was.
            }
        }

        return result;
    }

    private static MovedLink Write(MovedLink moved)
    {
        // Another command may remove the empty folder meanwhile.
        for (var attempt = 1; ; attempt++)
        {
            s_folder.Create();
            try
            {
                s_folder.Write(Entry(moved.Identity), JsonSerializer.SerializeToUtf8Bytes(moved, StateJson.Default.MovedLink));
                return moved;
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound && attempt < 10)
            {
            }
            catch (NetworkException e)
            {
                throw new NetworkException(e.Code, $"That '{moved.Name}' is the host's cannot be noted: {e.Message}", moved.Name, e);
            }
        }
    }

    private static string Entry(ulong identity) => string.Create(CultureInfo.InvariantCulture, $"{NamespaceReference.BootId}-{identity}");
}
