namespace LxcNetworking.Files;

/// <summary>A file is not what it should be, so it was neither read nor written.</summary>
/// <param name="path">The file.</param>
/// <param name="what">What it is instead, as the end of a sentence that begins "The file is".</param>
internal sealed class UnsafeFileException(string path, string what)
    : IOException($"{Netlink.KernelText.Printable(path)} is {what}")
{
    /// <summary>What it is instead.</summary>
    public string What { get; } = what;
}
