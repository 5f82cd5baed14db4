using System.Buffers;
using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Output;

/// <summary>Writes lines of UTF-8 to standard output or error, together at the end. .NET's console takes longer to
/// start.</summary>
internal sealed class OutputText(Func<Stream> open)
{
    private const int MostKept = 1 << 16;
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private Stream? _stream;

    /// <summary>Writes a line.</summary>
    public void Line(string text) => Raw(text + "\n");

    /// <summary>Writes text as it is.</summary>
    public void Raw(string text)
    {
        _ = Encoding.UTF8.GetBytes(text, _bytes);
        if (_bytes.WrittenCount > MostKept)
            Flush();
    }

    /// <summary>Has all written by now.</summary>
    /// <exception cref="NetworkException">KernelRefused: it cannot be.</exception>
    public void Flush()
    {
        if (_bytes.WrittenCount == 0)
            return;
        try
        {
            _stream ??= open();
            _stream.Write(_bytes.WrittenSpan);
            _stream.Flush();
        }
        catch (IOException e)
        {
            throw new NetworkException(
                NetworkErrorCode.KernelRefused, $"The output cannot be written: {e.Message.TrimEnd('.')}.", null, e);
        }
        finally
        {
            _bytes.Clear();
        }
    }
}
