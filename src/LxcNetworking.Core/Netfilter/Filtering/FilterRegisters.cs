namespace LxcNetworking.Netfilter.Filtering;

/// <summary>The registers while a rule is looked at: what is known of their bytes, and what those are.</summary>
internal sealed class FilterRegisters
{
    // NFT_REG32_COUNT numbers of four bytes after the verdict's.
    private const int Size = 80;
    private readonly FieldBits _bytes = FieldBits.Unknown(Size);
    private readonly List<(int Offset, int Length, FilterText Text)> _texts = [];

    /// <summary>Where a register begins: NFT_REG_1 to NFT_REG_4 are the same bytes as NFT_REG32_00 (8) and so on, four
    /// to one.</summary>
    /// <returns>-1 for none.</returns>
    public static int OffsetOf(uint register) => register switch
    {
        <= 4 => (int)register * 16,
        >= 8 and <= 23 => ((int)register - 4) * 4,
        _ => -1,
    };

    /// <summary>Writes a value, and zeros up to the next four bytes.</summary>
    public void Write(uint register, FieldBits value, FilterText text)
    {
        var offset = OffsetOf(register);
        if (offset < 0)
            return;
        var whole = (value.Length + 3) & ~3;
        for (var i = 0; i < whole && offset + i < Size; i++)
        {
            (_bytes.Value[offset + i], _bytes.Known[offset + i])
                = i < value.Length ? (value.Value[i], value.Known[i]) : ((byte)0, (byte)0xff);
        }

        _texts.RemoveAll(item => item.Offset < offset + whole && item.Offset + item.Length > offset);
        _texts.Add((offset, whole, text));
    }

    /// <summary>Reads so many bytes.</summary>
    public FieldBits Read(uint register, int length)
        => OffsetOf(register) is >= 0 and var offset ? _bytes.Slice(offset, Math.Clamp(length, 0, Size))
            : FieldBits.Unknown(Math.Clamp(length, 0, Size));

    /// <summary>How many bytes there are from a register on that belong together.</summary>
    public int LengthFrom(uint register)
    {
        var (offset, end) = (OffsetOf(register), OffsetOf(register));
        foreach (var (start, length, _) in _texts.OrderBy(item => item.Offset))
        {
            if (start == end)
                end = start + length;
        }

        return offset < 0 ? 0 : end - offset;
    }

    /// <summary>What a register holds, in words.</summary>
    public FilterText Text(uint register)
        => _texts.FirstOrDefault(item => item.Offset == OffsetOf(register)).Text ?? new FilterText("?", FilterForm.Hex);

    /// <summary>What so many bytes from a register on hold, each field with its place.</summary>
    public List<(int Offset, FilterText Text)> Texts(uint register, int length)
    {
        var offset = OffsetOf(register);
        return
        [
            .. _texts.Where(item => item.Offset >= offset && item.Offset < offset + length)
                .OrderBy(item => item.Offset).Select(item => (item.Offset - offset, item.Text)),
        ];
    }

    /// <summary>Forgets what is known.</summary>
    public void Clear()
    {
        Array.Clear(_bytes.Value);
        Array.Clear(_bytes.Known);
        _texts.Clear();
    }
}
