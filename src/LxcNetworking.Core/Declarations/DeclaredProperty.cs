using System.Globalization;
using System.Text.Json;
using LxcNetworking.Values;

namespace LxcNetworking.Declarations;

/// <summary>One declared property, of whichever type its owner is.</summary>
internal abstract class DeclaredProperty(string name)
{
    /// <summary>The property's name in C# and PowerShell.</summary>
    public string Name { get; } = name;

    /// <summary>The name in JSON, which begins with a small letter.</summary>
    public string JsonName { get; } = JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>The Linux version that knows it, or null for all that are supported.</summary>
    public string? Since { get; init; }

    /// <summary>Whether a kernel that knows it leaves it out where it has its usual value.</summary>
    public bool IsLeftOut { get; init; }

    /// <summary>The name, with the version that it takes.</summary>
    public string Title => Since is null ? Name : $"{Name} (Linux {Since})";

    /// <summary>Whether users see it; others are parts of those that they see.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Whether it is a link's index, which users give by the link's name.</summary>
    public bool IsLinkIndex { get; init; }

    /// <summary>When it can be set.</summary>
    public Access Access { get; init; }

    /// <summary>The unit of a duration.</summary>
    public Unit Unit { get; init; }

    /// <summary>The smallest number, or null.</summary>
    public long? Min { get; init; }

    /// <summary>The largest number, or null.</summary>
    public long? Max { get; init; }

    /// <summary>Whether anything is said.</summary>
    public abstract bool IsSet(AttributeSet owner);

    /// <summary>Says what is wrong with the value, or null.</summary>
    public abstract string? Problem(AttributeSet owner);

    /// <summary>Writes the value, which is set.</summary>
    public abstract void WriteJson(Utf8JsonWriter writer, AttributeSet owner);

    /// <summary>A copy with a value of JSON.</summary>
    /// <exception cref="FormatException">The value does not fit.</exception>
    public abstract AttributeSet ReadJson(AttributeSet owner, JsonElement value);

    /// <summary>Writes the JSON schema of the value.</summary>
    public abstract void WriteSchema(Utf8JsonWriter writer);
}

/// <summary>One declared property, as the generated tables list it.</summary>
/// <typeparam name="TOwner">What has the property.</typeparam>
internal abstract class DeclaredProperty<TOwner>(string name) : DeclaredProperty(name)
    where TOwner : class
{
    /// <summary>Whether anything is said.</summary>
    public abstract bool IsSet(TOwner owner);

    /// <summary>The value as text, or null.</summary>
    public abstract string? TextOf(TOwner owner);

    /// <summary>Says what is wrong with the value, or null.</summary>
    public abstract string? Problem(TOwner owner);

    /// <summary>Whether two things differ in it.</summary>
    public abstract bool Differs(TOwner one, TOwner other);

    /// <summary>A copy with the value of another thing.</summary>
    public abstract TOwner Copy(TOwner to, TOwner from);

    /// <summary>Writes the value, which is set.</summary>
    public abstract void WriteJson(Utf8JsonWriter writer, TOwner owner);

    /// <summary>A copy with a value of JSON.</summary>
    /// <exception cref="FormatException">The value does not fit.</exception>
    public abstract TOwner ReadJson(TOwner owner, JsonElement value);

    public override bool IsSet(AttributeSet owner) => IsSet(Mine(owner));

    public override string? Problem(AttributeSet owner) => Problem(Mine(owner));

    public override void WriteJson(Utf8JsonWriter writer, AttributeSet owner) => WriteJson(writer, Mine(owner));

    public override AttributeSet ReadJson(AttributeSet owner, JsonElement value)
        => (AttributeSet)(object)ReadJson(Mine(owner), value);

    private static TOwner Mine(AttributeSet owner) => (TOwner)(object)owner;
}

/// <summary>A declared property with its type.</summary>
/// <typeparam name="TOwner">What has the property.</typeparam>
/// <typeparam name="TValue">The type of its value, without null.</typeparam>
/// <param name="name">The property's name.</param>
/// <param name="type">How values are compared and written as JSON.</param>
/// <param name="get">Reads it.</param>
/// <param name="with">Makes a copy with another value.</param>
internal sealed class DeclaredProperty<TOwner, TValue>(
    string name, DeclaredType<TValue> type, Func<TOwner, Said<TValue>> get, Func<TOwner, TValue, TOwner> with)
    : DeclaredProperty<TOwner>(name)
    where TOwner : class
{
    public override bool IsSet(TOwner owner) => get(owner).IsSaid;

    public override string? TextOf(TOwner owner)
        => get(owner) is { IsSaid: true } said ? type.TextOf(said.Value) : null;

    public override string? Problem(TOwner owner)
    {
        if (get(owner) is not { IsSaid: true } said)
            return null;
        if (!type.IsKnown(said.Value))
            return $"{type.TextOf(said.Value)} is no {Name}";
        return type.NumberOf(said.Value, Unit) is not { } number || (number >= Min && number <= Max) ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Name} is {Min} to {Max}{UnitText}, not {number}");
    }

    public override bool Differs(TOwner one, TOwner other)
    {
        var (mine, others) = (get(one), get(other));
        return mine.IsSaid != others.IsSaid || (mine.IsSaid && !type.AreEqual(mine.Value, others.Value));
    }

    public override TOwner Copy(TOwner to, TOwner from)
        => get(from) is { IsSaid: true } said ? with(to, said.Value) : to;

    public override void WriteJson(Utf8JsonWriter writer, TOwner owner) => type.Write(writer, get(owner).Value, Unit);

    public override TOwner ReadJson(TOwner owner, JsonElement value) => with(owner, type.Read(value, Unit));

    public override void WriteSchema(Utf8JsonWriter writer) => type.WriteSchema(writer, Min, Max);

    private string UnitText => Unit == Unit.None ? string.Empty : " " + Unit.ToString().ToLowerInvariant();
}

/// <summary>A value, or that nothing is said.</summary>
internal readonly record struct Said<T>(bool IsSaid, T Value)
{
    public static implicit operator Said<T>(T? value) => value is null ? default : new(true, value);
}

/// <summary>Makes <see cref="Said{T}"/> of what can be null.</summary>
internal static class Said
{
    public static Said<T> Of<T>(T? value)
        where T : struct
        => value is { } given ? new(true, given) : default;

    public static Said<T> Of<T>(T? value)
        where T : class
        => value is null ? default : new(true, value);
}
