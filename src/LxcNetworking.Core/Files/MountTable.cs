using System.Text.RegularExpressions;

namespace LxcNetworking.Files;

/// <summary>What is mounted where a process sees it (mountinfo of proc(5)).</summary>
internal static partial class MountTable
{
    /// <summary>Reads the mounts.</summary>
    /// <param name="folder">The process's folder, or that of one of its threads.</param>
    /// <returns>Of each mount the root in its file system and the place; none where the process is gone or another
    /// user's.</returns>
    public static IEnumerable<(string Root, string Place)> Read(string folder)
    {
        // The root is the fourth field, the place the fifth.
        foreach (var line in Lines($"{folder}/mountinfo"))
        {
            if (line.Split(' ') is [_, _, _, var root, var place, ..])
                yield return (Plain(root), Plain(place));
        }
    }

    private static List<string> Lines(string path)
    {
        try
        {
            return [.. File.ReadLines(path)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Plain(string escaped) => EscapedCharacter().Replace(
        escaped, match => $"{(char)Convert.ToInt32(match.Value[1..], 8)}");

    [GeneratedRegex(@"\\[0-7]{3}")]
    private static partial Regex EscapedCharacter();
}
