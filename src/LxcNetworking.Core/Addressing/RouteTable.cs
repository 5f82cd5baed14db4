using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A routing table: <c>main</c>, <c>local</c>, <c>default</c>, or a number.</summary>
public sealed class RouteTable : TextValue<RouteTable>
{
    private const long DefaultId = 253, MainId = 254, LocalId = 255;

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text"><c>main</c>, <c>local</c>, <c>default</c>, <c>all</c> (to read only), or a number from 1 to
    /// 4294967295.</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public RouteTable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Id = text.ToUpperInvariant() switch
        {
            "ALL" => 0,
            "DEFAULT" => DefaultId,
            "MAIN" => MainId,
            "LOCAL" => LocalId,
            _ when Digits.TryParse(text, out uint id) && id != 0 => id,
            _ => throw Misfit.Of(
                text, $"is no routing table: write main, local, default, or a number from 1 to {uint.MaxValue}."),
        };
    }

    /// <summary>The table of a number.</summary>
    /// <param name="id">1 to 4294967295.</param>
    /// <exception cref="FormatException">The number is out of range.</exception>
    public RouteTable(long id)
        : this(id.ToString(CultureInfo.InvariantCulture))
    {
    }

    private RouteTable(uint id) => Id = id;

    /// <summary>Every table; to read only.</summary>
    public static RouteTable All { get; } = new(0u);

    /// <summary>The table that programs and administrators use.</summary>
    public static RouteTable Main { get; } = new((uint)MainId);

    /// <summary>The host's own addresses and the broadcast addresses, kept by the kernel.</summary>
    public static RouteTable Local { get; } = new((uint)LocalId);

    /// <summary>The number; 0 for all.</summary>
    public long Id { get; }

    /// <inheritdoc/>
    public override string ToString() => Id switch
    {
        0 => "all",
        DefaultId => "default",
        MainId => "main",
        LocalId => "local",
        _ => Id.ToString(CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();

    private protected override int Compare(RouteTable other) => Id.CompareTo(other.Id);

    internal static RouteTable Of(uint id)
        => id switch { (uint)MainId => Main, (uint)LocalId => Local, _ => new RouteTable(id) };
}
