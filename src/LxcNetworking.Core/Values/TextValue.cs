using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LxcNetworking.Values;

/// <summary>
/// A value that is written as a text: an address, a port, a namespace. ConvertTo-Json writes only types of the
/// framework as texts, of which <see cref="Uri"/> is the only one that can be derived from, so every value is one;
/// nothing else of it is used.
/// </summary>
[TypeConverter(typeof(TextValueConverter))]
public abstract class TextValue : Uri, IComparable, ISpanFormattable
{
    private protected TextValue()
        : base(string.Empty, UriKind.Relative)
    {
    }

    /// <inheritdoc/>
    public abstract int CompareTo(object? obj);

    /// <inheritdoc/>
    public abstract override string ToString();

    /// <inheritdoc/>
    public abstract override bool Equals(object? comparand);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    /// <inheritdoc/>
    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        var text = ToString();
        var fits = text.TryCopyTo(destination);
        charsWritten = fits ? text.Length : 0;
        return fits;
    }

    /// <summary>Tells whether two values are the same.</summary>
    public static bool operator ==(TextValue? left, TextValue? right)
        => left is null ? right is null : left.Equals((object?)right);

    /// <summary>Tells whether two values differ.</summary>
    public static bool operator !=(TextValue? left, TextValue? right) => !(left == right);

    /// <summary>Orders two values.</summary>
    public static bool operator <(TextValue? left, TextValue? right) => Compare(left, right) < 0;

    /// <summary>Orders two values.</summary>
    public static bool operator >(TextValue? left, TextValue? right) => Compare(left, right) > 0;

    /// <summary>Orders two values.</summary>
    public static bool operator <=(TextValue? left, TextValue? right) => Compare(left, right) <= 0;

    /// <summary>Orders two values.</summary>
    public static bool operator >=(TextValue? left, TextValue? right) => Compare(left, right) >= 0;

    private static int Compare(TextValue? left, TextValue? right)
        => left is null ? (right is null ? 0 : -1) : left.CompareTo(right);
}

/// <summary>What one kind of value has to tell.</summary>
/// <typeparam name="T">The kind itself.</typeparam>
public abstract class TextValue<T> : TextValue, IEquatable<T>, IComparable<T>
    where T : TextValue<T>
{
    private protected TextValue()
    {
    }

    /// <summary>Tells whether another value is the same.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>True if it is.</returns>
    public virtual bool Equals([NotNullWhen(true)] T? other) => other is not null && CompareTo(other) == 0;

    /// <summary>Orders by what the text means.</summary>
    /// <param name="other">The other one; null comes first.</param>
    /// <returns>Less than 0 if this one comes first.</returns>
    public int CompareTo(T? other) => other is null ? 1 : Compare(other);

    /// <inheritdoc/>
    public sealed override int CompareTo(object? obj)
        => obj is null or T ? CompareTo(obj as T)
        : throw new ArgumentException($"{obj.GetType()} is no {typeof(T)}.", nameof(obj));

    /// <inheritdoc/>
    public sealed override bool Equals(object? comparand) => Equals(comparand as T);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    private protected abstract int Compare(T other);
}

/// <summary>Lets the JSON library write the text.</summary>
public sealed class TextValueConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertTo(ITypeDescriptorContext? context, Type? destinationType)
        => destinationType == typeof(string);

    /// <inheritdoc/>
    public override object? ConvertTo(
        ITypeDescriptorContext? context, CultureInfo? culture, object? value, Type destinationType)
        => value?.ToString();
}
