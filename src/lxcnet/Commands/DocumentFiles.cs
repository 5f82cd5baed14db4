using LxcNetworking.Files;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;

namespace LxcNetworking.Program.Commands;

/// <summary>The documents that a command line names.</summary>
internal static class DocumentFiles
{
    private const string Input = "-", InputShown = "standard input";
    private static readonly string[] s_endings = [".yaml", ".yml", ".json"];

    /// <summary>The files that a word names.</summary>
    /// <param name="word">A file, or a folder with documents.</param>
    /// <returns>The file, or the folder's documents by their names; those that begin with a dot are left out.</returns>
    /// <exception cref="Values.NetworkException">PermissionDenied …: the folder cannot be read.</exception>
    public static IReadOnlyList<string> Of(string word)
    {
        if (word == Input || !Directory.Exists(word))
            return [word];
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(word).Where(IsDocument).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, $"The folder '{Netlink.KernelText.Printable(word)}' cannot be read", word);
        }
    }

    /// <summary>Reads a document.</summary>
    /// <param name="file">Its file, or <c>-</c> for standard input.</param>
    /// <param name="format">How it is written; null where its name says it.</param>
    /// <exception cref="Values.NetworkException">The file cannot be read.</exception>
    public static DocumentInput Read(string file, StateFormat? format) => DocumentInput.Read(problems =>
    {
        if (file == Input)
        {
            using var input = Console.OpenStandardInput();
            return StateText.Read(
                StateFile.Read(input, InputShown), InputShown, format ?? StateFormat.Yaml, problems);
        }

        var (text, known) = StateFile.Read(file, format);
        return StateText.Read(text, file, known, problems);
    });

    private static bool IsDocument(string path)
        => Path.GetFileName(path) is var name && !name.StartsWith('.')
            && s_endings.Contains(Path.GetExtension(name).ToLowerInvariant());
}
