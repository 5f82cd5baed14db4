using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using LxcNetworking.Netlink;
using LxcNetworking.State.Text;

namespace LxcNetworking.Commands.State;

/// <summary>Reads a document out of objects: hashtables, custom objects, lists and values.</summary>
internal static class StateObjects
{
    // Beyond it a number of this type has no units of its own.
    private const double MostExact = 1L << 53;

    /// <summary>Reads a document.</summary>
    /// <param name="value">What it is in.</param>
    /// <param name="problems">Where mistakes go.</param>
    /// <returns>The document; null where reading ended before its end.</returns>
    public static StateNode? Read(object? value, ICollection<StateProblem> problems)
    {
        var builder = new StateNodeBuilder(null, problems);
        Add(value, builder);
        return builder.Root;
    }

    /// <summary>The number that a value is, if it is a whole one.</summary>
    public static long? NumberOf(object value) => value switch
    {
        sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong number => number <= long.MaxValue ? (long)number : null,
        BigInteger number => number >= long.MinValue && number <= long.MaxValue ? (long)number : null,
        double number => Math.Abs(number) <= MostExact && double.IsInteger(number) ? (long)number : null,
        float number => NumberOf((double)number),
        decimal number => decimal.IsInteger(number) && Math.Abs(number) <= (decimal)MostExact ? (long)number : null,
        _ => null,
    };

    private static void Add(object? given, StateNodeBuilder builder)
    {
        var value = given is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : given;
        switch (value)
        {
            case null or DBNull:
                builder.AddNull(0, 0);
                break;
            case PSObject record:
                AddMap(record.Properties.Where(property => property.IsGettable)
                    .Select(property => (property.Name, ValueOf(property, builder))), builder);
                break;
            case bool isTrue:
                builder.AddBoolean(isTrue, 0, 0);
                break;
            case SwitchParameter isGiven:
                builder.AddBoolean(isGiven.IsPresent, 0, 0);
                break;
            case IDictionary map:
                AddMap(EntriesOf(map), builder);
                break;
            case string or char or Enum or Uri:
                builder.AddText(TextOf(value), isPlain: true, 0, 0);
                break;
            case IEnumerable list:
                AddList(list, builder);
                break;
            default:
                AddScalar(value, builder);
                break;
        }
    }

    private static void AddMap(IEnumerable<(string Name, object? Value)> entries, StateNodeBuilder builder)
    {
        builder.BeginMap(0, 0);
        foreach (var (name, value) in entries)
        {
            if (builder.HasEnded)
                return;
            builder.Name(name, 0, 0);
            Add(value, builder);
        }

        builder.End();
    }

    private static void AddList(IEnumerable list, StateNodeBuilder builder)
    {
        builder.BeginList(0, 0);
        foreach (var item in list)
        {
            if (builder.HasEnded)
                return;
            Add(item, builder);
        }

        builder.End();
    }

    private static void AddScalar(object value, StateNodeBuilder builder)
    {
        if (NumberOf(value) is { } number)
            builder.AddNumber(number, 0, 0);
        else if (value is IFormattable or Version)
            builder.AddText(TextOf(value), isPlain: true, 0, 0);
        else
        {
            builder.AddProblem($"a {KernelText.Shown(value.GetType().ToString())} is no value of a document", 0, 0);
            builder.AddNull(0, 0);
        }
    }

    // The entries of a hashtable have no order of their own.
    private static IEnumerable<(string Name, object? Value)> EntriesOf(IDictionary map)
    {
        var entries = map.Keys.Cast<object>().Select(key => (Name: TextOf(key), map[key]));
        return map is Hashtable ? entries.OrderBy(entry => entry.Name, StringComparer.Ordinal) : entries;
    }

    private static object? ValueOf(PSPropertyInfo property, StateNodeBuilder builder)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException e)
        {
            var name = KernelText.Shown(property.Name);
            builder.AddProblem($"the property '{name}' cannot be read: {KernelText.Shown(e.Message)}", 0, 0);
            return null;
        }
    }

    private static string TextOf(object value) => value is Enum or Uri ? value.ToString() ?? string.Empty
        : Convert.ToString(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture)
            ?? string.Empty;
}
