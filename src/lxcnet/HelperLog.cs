using System.Globalization;
using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Helper;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Program;

/// <summary>Writes what the program did: to the journal where systemd started it, else to a file that keeps the last
/// lines.</summary>
internal sealed class HelperLog : IDisposable
{
    private const string FileName = "log";
    private const int MaxLines = 200, MaxBytes = 1 << 20;
    private readonly Lock _gate = new();
    private readonly RunFolder _folder = new(HelperProgram.FolderName);
    private readonly bool _isJournal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };

    /// <summary>Writes a line.</summary>
    public void Write(string line)
    {
        lock (_gate)
        {
            if (_isJournal)
            {
                Console.Error.WriteLine(KernelText.Printable(line));
                return;
            }

            var time = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            try
            {
                _folder.Create();
                // Another process of this program may have written the last ones.
                var lines = Encoding.UTF8.GetString(_folder.Read(FileName, MaxBytes) ?? []).Split('\n')
                    .Where(old => old.Length > 0).Append($"{time} {KernelText.Printable(line)}").TakeLast(MaxLines);
                _folder.Write(FileName, Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n'));
            }
            catch (NetworkException)
            {
                // What it does matters more than that it is said.
            }
        }
    }

    public void Dispose()
    {
        try
        {
            if (_folder.Exists)
                _folder.Remove(FileName);
        }
        catch (NetworkException)
        {
        }
    }
}
