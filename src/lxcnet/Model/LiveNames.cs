using System.CommandLine.Completions;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Model;

/// <summary>What is there, for completions. What cannot be read has none.</summary>
internal static class LiveNames
{
    /// <summary>A text that can be typed.</summary>
    public static CompletionItem Item(string text) => new(text);

    /// <summary>The namespaces that have names, containers among them.</summary>
    public static IEnumerable<CompletionItem> Namespaces() => Read(pool =>
        pool.Namespaces.List(all: false, CancellationToken.None)
            .Select(item => item.Reference.Text).Distinct().Where(text => !text.StartsWith('/')));

    /// <summary>The documents that have been applied.</summary>
    public static IEnumerable<CompletionItem> Documents(CompletionContext context)
        => OfState(context, state => state.ListNames());

    /// <summary>The documents that await confirmation.</summary>
    public static IEnumerable<CompletionItem> Awaiting(CompletionContext context)
        => OfState(context, state => state.ListAwaiting().Select(waiting => waiting.Name));

    private static CompletionItem[] OfState(
        CompletionContext context, Func<StateOperations, IEnumerable<string>> names) => Read(pool =>
        {
            var place = context.ParseResult.GetValue(ProgramOptions.Namespace);
            return names(pool.Get(place is null ? null : new NamespaceReference(place)).State);
        });

    private static CompletionItem[] Read(Func<NetworkStackPool, IEnumerable<string>> read)
    {
        try
        {
            using var pool = new NetworkStackPool();
            return [.. read(pool).Select(Item)];
        }
        catch (NetworkException)
        {
            return [];
        }
    }
}
