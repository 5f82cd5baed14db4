using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;

namespace LxcNetworking.Values;

/// <summary>
/// Several values of an object, which Export-Csv and tables show one after the other: <c>10.0.3.1/24, fd00::1/64</c>.
/// </summary>
/// <typeparam name="T">Their type.</typeparam>
/// <param name="items">The values; they are not copied.</param>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
public sealed class ValueList<T>(IList<T> items) : ReadOnlyCollection<T>(items)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(ValueList.Separator, Items);
}

/// <summary>Makes lists of values.</summary>
public static class ValueList
{
    /// <summary>What stands between two values.</summary>
    public const string Separator = ", ";

    /// <summary>Makes a list.</summary>
    /// <typeparam name="T">The values' type.</typeparam>
    /// <param name="items">The values.</param>
    /// <returns>The list.</returns>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => new(items.ToArray());
}
