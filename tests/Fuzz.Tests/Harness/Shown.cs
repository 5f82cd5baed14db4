using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using LxcNetworking.Values;

namespace LxcNetworking.Fuzz;

/// <summary>Looks at all of an object that a user could be shown: nothing of it throws, and no text has what a terminal
/// obeys.</summary>
internal static class Shown
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> s_properties = [];

    public static void Look(object? item, int depth = 0)
    {
        switch (item)
        {
            case null or byte[]:
                return;
            case string text:
                Check(text);
                return;
            case IEnumerable list when item is not TextValue:
                foreach (var each in list)
                    Look(each, depth + 1);
                return;
        }

        Check(item.ToString());
        if (item is TextValue || depth > 4 || item.GetType()
            .Namespace?.StartsWith(nameof(LxcNetworking), StringComparison.Ordinal) != true || item.GetType().IsEnum)
            return;
        foreach (var property in s_properties.GetOrAdd(item.GetType(),
            static type => [.. type.GetProperties().Where(property => property.GetIndexParameters().Length == 0)]))
        {
            try
            {
                Look(property.GetValue(item), depth + 1);
            }
            catch (TargetInvocationException e)
            {
                throw new WrongResultException(
                    $"{property.DeclaringType!.Name}.{property.Name} throws: {e.InnerException}");
            }
        }
    }

    private static void Check(string? text)
    {
        foreach (var c in text ?? string.Empty)
        {
            if (char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                throw new WrongResultException($"A text is not fit to be shown: {Probe.Escaped(text!)}");
        }
    }
}
