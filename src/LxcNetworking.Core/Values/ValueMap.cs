using System.Collections.ObjectModel;

namespace LxcNetworking.Values;

/// <summary>
/// Pairs of an object, under texts, as ConvertTo-Json takes no other keys. Export-Csv and tables show <c>0:3, 5:1</c>.
/// </summary>
/// <typeparam name="T">The values' type.</typeparam>
/// <param name="pairs">The pairs; they are not copied.</param>
public sealed class ValueMap<T>(IDictionary<string, T> pairs) : ReadOnlyDictionary<string, T>(pairs)
{
    /// <inheritdoc/>
    public override string ToString()
        => string.Join(ValueList.Separator, this.Select(pair => $"{pair.Key}:{pair.Value}"));
}
