using System.Globalization;

namespace LxcNetworking;

/// <summary>
/// Remembers which links were moved into which containers. A container's root gives any link any name, alias and group, and makes links
/// as it likes: only of a physical link, which it cannot make, is believed what the link says of itself. The others are on record here.
/// </summary>
internal static class MovedLinks
{
    /// <summary>Longer than an interface's name can be, so that no network is called so.</summary>
    public const string FolderName = "moved-interfaces";

    // A file for each, without content, so that it is there or not. 0 is the index of a link that is about to move and get a new one.
    private static readonly RunFolder s_folder = new(FolderName);

    /// <summary>Notes a link before it moves.</summary>
    /// <exception cref="NetworkException">PermissionDenied: without the note it would not come back.</exception>
    public static void Announce(NetworkStack inside, NetLink link) => Note(inside, link, link.Name, 0);

    /// <summary>Notes who it is in there.</summary>
    public static void Confirm(NetworkStack inside, NetLink link, string nameBefore)
    {
        Note(inside, link, nameBefore, link.Index);
        if (s_folder.Exists)
            s_folder.Delete(Entry(inside, link, nameBefore, 0));
    }

    /// <summary>Tells whether a link that says so came in under this name.</summary>
    public static bool Knows(NetworkStack inside, NetLink link, string nameBefore)
        => link.Kind == "physical" || (s_folder.Exists && (s_folder.IsPlain(Entry(inside, link, nameBefore, link.Index)) || s_folder.IsPlain(Entry(inside, link, nameBefore, 0))));

    /// <summary>Forgets a link that has come home, and what a killed process did not forget.</summary>
    public static void Forget(NetworkStack inside, NetLink link, string nameBefore)
    {
        if (!s_folder.Exists)
            return;
        s_folder.Delete(Entry(inside, link, nameBefore, 0));
        var prefix = string.Create(CultureInfo.InvariantCulture, $"{inside.Cookie}-");
        bool IsGone(string name) => Digits.TryParse(name[prefix.Length..].Split('-')[0], out int index) && index > 0 && inside.Links.Find(index) is null;
        try
        {
            // Before Linux 5.14 all namespaces have the same number.
            var others = inside.Cookie == 0 ? [] : Directory.EnumerateFiles(s_folder.Path, prefix + "*").Select(path => Path.GetFileName(path)).Where(IsGone).ToList();
            s_folder.Remove([Entry(inside, link, nameBefore, link.Index), .. others]);
        }
        catch (DirectoryNotFoundException)
        {
            // Another command has removed it all.
        }
    }

    private static void Note(NetworkStack inside, NetLink link, string nameBefore, int index)
    {
        if (link.Kind == "physical")
            return;
        // Another command may remove the empty folder meanwhile.
        for (var attempt = 1; ; attempt++)
        {
            s_folder.Create();
            try
            {
                s_folder.Write(Entry(inside, link, nameBefore, index), []);
                return;
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound && attempt < 10)
            {
            }
            catch (NetworkException e)
            {
                throw new NetworkException(
                    e.Code, $"That '{nameBefore}' is the host's cannot be noted: {e.Message}", nameBefore, e);
            }
        }
    }

    private static string Entry(NetworkStack inside, NetLink link, string nameBefore, int index)
        => string.Create(CultureInfo.InvariantCulture, $"{inside.Cookie}-{index}-{link.Kind}-{nameBefore}");
}
