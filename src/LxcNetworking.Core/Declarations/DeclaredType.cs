using System.Globalization;
using System.Text.Json;
using LxcNetworking.Values;

namespace LxcNetworking.Declarations;

/// <summary>How values of one type are compared, checked and written as JSON.</summary>
/// <typeparam name="T">The type.</typeparam>
internal abstract class DeclaredType<T>
{
    /// <summary>Whether two values are the same.</summary>
    public virtual bool AreEqual(T one, T other) => EqualityComparer<T>.Default.Equals(one, other);

    /// <summary>The value as text.</summary>
    public virtual string TextOf(T value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;

    /// <summary>The number that a range is for, or null.</summary>
    public virtual long? NumberOf(T value, Unit unit) => null;

    /// <summary>Whether the value is one of those that can be given.</summary>
    public virtual bool IsKnown(T value) => true;

    /// <summary>Writes a value.</summary>
    public virtual void Write(Utf8JsonWriter writer, T value, Unit unit) => writer.WriteStringValue(TextOf(value));

    /// <summary>Reads a value.</summary>
    /// <exception cref="FormatException">It does not fit.</exception>
    public abstract T Read(JsonElement value, Unit unit);

    /// <summary>Writes the schema of a value.</summary>
    public abstract void WriteSchema(Utf8JsonWriter writer, long? min, long? max);

    /// <summary>The text of a JSON value, which a message shows.</summary>
    protected static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()! : throw new FormatException($"{Shown(value)} is not a text");

    /// <summary>A JSON value as a message shows it.</summary>
    protected static string Shown(JsonElement value) => $"'{Netlink.KernelText.Shown(value.ToString())}'";
}

/// <summary>The types that are declared.</summary>
internal static class DeclaredTypes
{
    public static DeclaredType<bool> Boolean { get; } = new BooleanType();

    public static DeclaredType<int> Int32 { get; } = new NumberType<int>(value => value, value => checked((int)value));

    public static DeclaredType<long> Int64 { get; } = new NumberType<long>(value => value, value => value);

    public static DeclaredType<uint> UInt32 { get; }
        = new NumberType<uint>(value => value, value => checked((uint)value));

    public static DeclaredType<string> String { get; } = new TextType<string>(text => text);

    public static DeclaredType<Duration> Duration { get; } = new DurationType();

    /// <summary>A type that a text is read from.</summary>
    public static DeclaredType<T> Text<T>(Func<string, T> parse)
        => new TextType<T>(parse);

    /// <summary>An enumeration: the names of its members.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="isFlags">Whether members are combined, so that every value can be.</param>
    public static DeclaredType<T> Enum<T>(bool isFlags = false)
        where T : struct, Enum
        => new EnumType<T>(isFlags);

    /// <summary>An enumeration of which every number is a value: the names of its members, and numbers.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    public static DeclaredType<T> OpenEnum<T>()
        where T : struct, Enum
        => new OpenEnumType<T>();

    /// <summary>A list.</summary>
    public static DeclaredType<ValueList<T>> List<T>(DeclaredType<T> item) => new ListType<T>(item);

    /// <summary>Pairs whose first half is the name in a JSON object.</summary>
    public static DeclaredType<ValueMap<T>> Map<T>(DeclaredType<T> value) => new MapType<T>(value);

    private sealed class BooleanType : DeclaredType<bool>
    {
        public override void Write(Utf8JsonWriter writer, bool value, Unit unit) => writer.WriteBooleanValue(value);

        public override bool Read(JsonElement value, Unit unit)
            => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
                : throw new FormatException($"{Shown(value)} is not true or false");

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
            => writer.WriteString("type", "boolean");
    }

    private sealed class NumberType<T>(Func<T, long> toNumber, Func<long, T> fromNumber) : DeclaredType<T>
    {
        public override long? NumberOf(T value, Unit unit) => toNumber(value);

        public override void Write(Utf8JsonWriter writer, T value, Unit unit)
            => writer.WriteNumberValue(toNumber(value));

        public override T Read(JsonElement value, Unit unit)
        {
            try
            {
                return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
                    ? fromNumber(number) : throw new FormatException($"{Shown(value)} is not a whole number");
            }
            catch (OverflowException)
            {
                throw new FormatException($"{Shown(value)} is too large a number");
            }
        }

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
        {
            writer.WriteString("type", "integer");
            if (min is { } least)
                writer.WriteNumber("minimum", least);
            if (max is { } most)
                writer.WriteNumber("maximum", most);
        }
    }

    private sealed class TextType<T>(Func<string, T> parse) : DeclaredType<T>
    {
        public override T Read(JsonElement value, Unit unit) => parse(Text(value));

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
            => writer.WriteString("type", "string");
    }

    // A number is in the property's unit, a text as an object shows it. Nobody counts in the kernel's hundredths.
    private sealed class DurationType : DeclaredType<Duration>
    {
        public override long? NumberOf(Duration value, Unit unit) => WireValues.In(unit, value);

        public override Duration Read(JsonElement value, Unit unit) => value.ValueKind == JsonValueKind.Number
            ? value.TryGetInt64(out var number) && number >= 0 && number <= uint.MaxValue
                ? WireValues.Of(unit == Unit.Centiseconds ? Unit.Seconds : unit, (uint)number)
                : throw new FormatException($"{Shown(value)} is not a duration")
            : Values.Duration.Parse(Text(value));

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
        {
            writer.WriteStartArray("type");
            writer.WriteStringValue("string");
            writer.WriteStringValue("integer");
            writer.WriteEndArray();
        }
    }

    private class EnumType<T>(bool isFlags) : DeclaredType<T>
        where T : struct, Enum
    {
        // Bits may go up to the attribute's last one.
        public override long? NumberOf(T value, Unit unit)
            => isFlags ? Convert.ToInt64(value, CultureInfo.InvariantCulture) & uint.MaxValue : null;

        public override bool IsKnown(T value) => isFlags || System.Enum.IsDefined(value);

        public override T Read(JsonElement value, Unit unit)
        {
            var text = Text(value);
            // Bits that have no name are a number.
            return (isFlags || !char.IsAsciiDigit(text.FirstOrDefault('0')))
                && System.Enum.TryParse<T>(text, true, out var result)
                ? result : throw new FormatException(
                    $"{Shown(value)} is none of {string.Join(", ", System.Enum.GetNames<T>())}");
        }

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
        {
            if (isFlags)
            {
                writer.WriteString("type", "string");
                return;
            }

            writer.WriteStartArray("enum");
            foreach (var name in System.Enum.GetNames<T>())
                writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
    }

    // A value without a name is a number.
    private sealed class OpenEnumType<T>() : EnumType<T>(false)
        where T : struct, Enum
    {
        public override long? NumberOf(T value, Unit unit) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

        public override bool IsKnown(T value) => true;

        public override void Write(Utf8JsonWriter writer, T value, Unit unit)
        {
            if (System.Enum.IsDefined(value))
                base.Write(writer, value, unit);
            else
                writer.WriteNumberValue(NumberOf(value, unit)!.Value);
        }

        public override T Read(JsonElement value, Unit unit) => value.ValueKind == JsonValueKind.Number
            ? value.TryGetInt32(out var number) ? (T)System.Enum.ToObject(typeof(T), number)
                : throw new FormatException($"{Shown(value)} is too large a number, or no whole one")
            : base.Read(value, unit);

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
        {
            writer.WriteStartArray("anyOf");
            writer.WriteStartObject();
            base.WriteSchema(writer, min, max);
            writer.WriteEndObject();
            writer.WriteStartObject();
            Int64.WriteSchema(writer, min, max);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
    }

    private sealed class ListType<T>(DeclaredType<T> item) : DeclaredType<ValueList<T>>
    {
        public override bool AreEqual(ValueList<T> one, ValueList<T> other)
            => one.Count == other.Count && one.Zip(other).All(pair => item.AreEqual(pair.First, pair.Second));

        public override bool IsKnown(ValueList<T> value) => value.All(item.IsKnown);

        public override void Write(Utf8JsonWriter writer, ValueList<T> value, Unit unit)
        {
            writer.WriteStartArray();
            foreach (var one in value)
                item.Write(writer, one, unit);
            writer.WriteEndArray();
        }

        public override ValueList<T> Read(JsonElement value, Unit unit) => value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(one => item.Read(one, unit))]
            : throw new FormatException($"{Shown(value)} is not a list");

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
        {
            writer.WriteString("type", "array");
            writer.WriteStartObject("items");
            item.WriteSchema(writer, min, max);
            writer.WriteEndObject();
        }
    }

    private sealed class MapType<T>(DeclaredType<T> item) : DeclaredType<ValueMap<T>>
    {
        public override bool AreEqual(ValueMap<T> one, ValueMap<T> other) => one.Count == other.Count
            && one.All(pair => other.TryGetValue(pair.Key, out var value) && item.AreEqual(pair.Value, value));

        public override void Write(Utf8JsonWriter writer, ValueMap<T> value, Unit unit)
        {
            writer.WriteStartObject();
            foreach (var (name, one) in value)
            {
                writer.WritePropertyName(name);
                item.Write(writer, one, unit);
            }

            writer.WriteEndObject();
        }

        public override ValueMap<T> Read(JsonElement value, Unit unit) => value.ValueKind == JsonValueKind.Object
            ? new(value.EnumerateObject().ToDictionary(pair => pair.Name, pair => item.Read(pair.Value, unit)))
            : throw new FormatException($"{Shown(value)} is not an object");

        public override void WriteSchema(Utf8JsonWriter writer, long? min, long? max)
        {
            writer.WriteString("type", "object");
            writer.WriteStartObject("additionalProperties");
            item.WriteSchema(writer, min, max);
            writer.WriteEndObject();
        }
    }
}
