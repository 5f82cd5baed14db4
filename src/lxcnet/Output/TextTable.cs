using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Output;

/// <summary>A table that fits into a terminal: columns without anything in them are left out, and cells that are too
/// long go on in the next line.</summary>
internal sealed class TextTable(params string[] headers)
{
    private const int Gap = 2, Narrowest = 8;
    private readonly List<string[]> _rows = [];

    /// <summary>Whether it has rows.</summary>
    public bool HasRows => _rows.Count > 0;

    /// <summary>Adds a row.</summary>
    public void Add(params IReadOnlyList<string?> cells)
        => _rows.Add([.. cells.Select(cell => NetworkException.Printable(cell ?? string.Empty))]);

    /// <summary>The table's lines.</summary>
    /// <param name="columns">How many characters a line may have.</param>
    public IEnumerable<string> Lines(int columns)
    {
        var used = Enumerable.Range(0, headers.Length).Where(i => _rows.Exists(row => row[i].Length > 0)).ToList();
        var widths = used.ToDictionary(i => i, i => _rows.Max(row => Math.Max(row[i].Length, headers[i].Length)));
        var room = columns - (Gap * (used.Count - 1));
        // The widest ones have their lines broken.
        while (widths.Values.Sum() > room && widths.MaxBy(pair => pair.Value) is { Value: > Narrowest } widest)
            widths[widest.Key] = widest.Value - 1;
        return _rows.Prepend(headers).SelectMany(row => LinesOf(row, used, widths));
    }

    private static IEnumerable<string> LinesOf(string[] row, List<int> used, Dictionary<int, int> widths)
    {
        var cells = used.Select(i => LineBreaks.Wrap(row[i], widths[i])).ToList();
        for (var at = 0; at < cells.Max(cell => cell.Count); at++)
        {
            var line = new StringBuilder();
            for (var i = 0; i < used.Count; i++)
            {
                var cell = at < cells[i].Count ? cells[i][at] : string.Empty;
                line.Append(i == used.Count - 1 ? cell : cell.PadRight(widths[used[i]] + Gap));
            }

            yield return line.ToString().TrimEnd();
        }
    }
}
