using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Remembers which links were lent to which containers, each under its identity (<see cref="LinkIdentity"/>). Nothing
/// that a link says of itself is believed when it is to come back, as a container's root gives any link any name, alias
/// and group, and makes links as it likes.
/// </summary>
internal static class MovedLinks
{
    /// <summary>Longer than an interface's name can be, so that no network is called so.</summary>
    public const string FolderName = "moved-interfaces";

    private const int MaxBytes = 1 << 20;
    private static readonly RunFolder s_folder = new(FolderName);

    [ModuleInitializer]
    internal static void Register() => NamespaceStore.Removed += pool => Sweep(() => pool.Get());

    /// <summary>Notes a link before it moves.</summary>
    /// <returns>The note.</returns>
    /// <exception cref="NetworkException">NotSupported, PermissionDenied: without the note it would not come
    /// back.</exception>
    public static MovedLink Announce(NetworkStack stack, NetworkStack inside, NetLink link, string insideName)
    {
        var identity = LinkIdentity.Of(stack, link);
        if (identity == 0)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' would not be known when it is to come back: sysfs, which tells it from other links, "
                    + $"cannot be read in namespace '{stack.Namespace}'.",
                link.Name)
            {
                Advice = [Advice.To(AdviceKind.Move, AdviceThing.Link, stack.Namespace.Text, link.Name)],
            };
        }

        return Write(MovedLink.Of(link, identity) with
        {
            Namespace = inside.Namespace.Id,
            Path = inside.Path,
            InsideName = insideName,
        });
    }

    /// <summary>Notes who it is in there.</summary>
    public static void Confirm(MovedLink moved, NetLink link) => Write(moved with { InsideIndex = link.Index });

    /// <summary>Lets a link that was made by a connection have the place of a lent one that is elsewhere.</summary>
    public static void Replace(NetworkStack inside, NetLink link)
    {
        foreach (var moved in Read().Where(moved => moved.Namespace == inside.Namespace.Id))
        {
            if (moved.IsReplacedBy(link.Index, link.Name))
                Write(moved with { Namespace = string.Empty });
        }
    }

    /// <summary>Forgets a link that has returned.</summary>
    public static void Forget(MovedLink moved)
    {
        if (s_folder.Exists)
            s_folder.Remove(Entry(moved.Identity));
    }

    /// <summary>
    /// Forgets the links that are no more, and those that a killed process was about to lend or had moved back. A
    /// note stays while the link can be anywhere, while another link has its place in the container, and that of
    /// hardware until it is back as it was.
    /// </summary>
    /// <param name="origin">Where the links come from.</param>
    public static void Sweep(NetworkStack origin) => Sweep(() => origin);

    // A stack that nobody has opened yet is opened only where something is on record.
    private static void Sweep(Func<NetworkStack> origin)
    {
        try
        {
            if (!s_folder.Exists)
                return;
            var notes = Read();
            if (notes.Count == 0)
                s_folder.Remove();
            else
                Sweep(origin(), notes);
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // The next command does it.
        }
    }

    /// <summary>Tells where a link is that is neither in its container nor back.</summary>
    public static string WhereaboutsOf(MovedLink moved)
    {
        var (found, isWhole) = LinkSearch.Run();
        return found.Contains(moved.Identity) ? "is in another network namespace now"
            : isWhole && LinkSearch.Sees(moved.PidNamespace) ? "was removed in there"
            : "was removed in there, or is in a namespace that cannot be looked into";
    }

    /// <summary>The links of a stack that are on record.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="among">Those to look at; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static List<(NetLink Link, MovedLink Moved)> Find(
        NetworkStack stack, IReadOnlyList<NetLink>? among = null, CancellationToken cancellation = default)
    {
        var known = Read().ToDictionary(moved => moved.Identity);
        if (known.Count == 0)
            return [];
        var links = among ?? stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation);
        var identities = LinkIdentity.Of(stack, links);
        return
        [
            .. links.Where(link => identities.TryGetValue(link.Index, out var identity) && known.ContainsKey(identity))
                .Select(link => (link, known[identities[link.Index]])),
        ];
    }

    /// <summary>The links that were lent to a container and are neither in it nor here any more.</summary>
    public static List<MovedLink> Lost(NetworkStack stack, NetworkStack inside)
        => [.. NotInside(stack, inside).Where(item => item.Origin is null).Select(item => item.Moved)];

    private static void Sweep(NetworkStack origin, List<MovedLink> notes)
    {
        var here = Find(origin).ToDictionary(found => found.Moved.Identity, found => found.Link);
        var missing = new List<MovedLink>();
        foreach (var moved in notes)
        {
            if (here.TryGetValue(moved.Identity, out var link))
            {
                if (link.Name == moved.Name && (moved.InsideIndex > 0 ? moved.Undo(link) is null : !IsBeingLent(moved)))
                    Forget(moved);
            }
            else if (!moved.IsReturnedByKernel && LinkSearch.Sees(moved.PidNamespace) && !IsKept(origin.Pool, moved))
            {
                missing.Add(moved);
            }
        }

        // A link that moves meanwhile may be missed once.
        for (var round = 0; round < 2 && missing.Count > 0; round++)
        {
            var (found, isWhole) = LinkSearch.Run();
            missing.RemoveAll(moved => !isWhole || found.Contains(moved.Identity));
        }

        missing.ForEach(Forget);
    }

    private static bool IsBeingLent(MovedLink moved)
        => !LinkSearch.Sees(moved.PidNamespace)
            || Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{moved.ProcessId}"));

    /// <summary>Whether a link is in its container, or another one has its place there.</summary>
    private static bool IsKept(NetworkStackPool pool, MovedLink moved)
    {
        if (moved.Path is null)
            return false;
        try
        {
            using var file = NamespaceFile.Open(moved.Path, null);
            var links = LinkIdentity.In(file);
            if (links is null || links.Exists(link => link.Identity == moved.Identity))
                return true;
            var cookie = pool.TryGetCookie(moved.Path, null);
            return new NamespaceReference(moved.Path, cookie).Id == moved.Namespace
                && links.Exists(link => moved.IsReplacedBy(link.Index, link.Name));
        }
        catch (NetworkException)
        {
            // It has ended, or its file is elsewhere.
            return false;
        }
    }

    private static List<(MovedLink Moved, NetLink? Origin)> NotInside(NetworkStack stack, NetworkStack inside)
    {
        var lent = Read().FindAll(moved => moved.Namespace == inside.Namespace.Id);
        if (lent.Count > 0)
            lent = [.. lent.ExceptBy(Find(inside).Select(found => found.Moved.Identity), moved => moved.Identity)];
        var origin = lent.Count == 0 ? [] : Find(stack);
        NetLink? Origin(MovedLink moved) => origin.Find(found => found.Moved.Identity == moved.Identity).Link;
        return [.. lent.Select(moved => (moved, Origin(moved)))];
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
                var number = name.AsSpan(prefix.Length);
                if (Digits.TryParse(number, out ulong identity)
                    && s_folder.Read(name, MaxBytes) is { } content
                    && JsonSerializer.Deserialize(content, MovedLinkJson.Default.MovedLink) is { } moved)
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
        try
        {
            s_folder.CreateAndWrite(
                Entry(moved.Identity), JsonSerializer.SerializeToUtf8Bytes(moved, MovedLinkJson.Default.MovedLink));
            return moved;
        }
        catch (NetworkException e)
        {
            throw new NetworkException(
                e.Code, $"That '{moved.Name}' is the host's cannot be noted: {e.Message}", moved.Name, e)
            {
                Advice = e.Advice,
            };
        }
    }

    private static string Entry(ulong identity)
        => string.Create(CultureInfo.InvariantCulture, $"{NamespaceReference.BootId}-{identity}");
}
