using System.Linq;

namespace LxcNetworking.Generators;

/// <summary>Writes what a link kind is besides a set of attributes.</summary>
internal static class KindWriter
{
    public static void WriteRegistration(Source source, SetModel model)
    {
        if (model.Kinds.Count == 0)
            return;
        source.Add($$"""
            private static readonly string[] s_kinds = [{{string.Join(", ", model.Kinds.Select(NamesOf))}}];

            /// <inheritdoc/>
            internal override IReadOnlyList<string> Kinds => s_kinds;

            [System.Runtime.CompilerServices.ModuleInitializer]
            internal static void Register()
            {
            """);
        foreach (var kind in model.Kinds)
            WriteKind(source, model, kind);
        source.Add("""
            }

            """);
    }

    // A link shows what its kind declares, but for what all links or the class itself have under that name.
    public static string WriteLink(SetModel model, KindModel kind)
    {
        var source = new Source();
        source.Add($$"""
            namespace {{kind.LinkNamespace}};

            partial class {{kind.LinkName}}
            {
            internal {{kind.LinkName}}(LxcNetworking.Links.LinkData data)
                : base(data)
            {
            }

            """);
        var type = $"global::{model.Namespace}.{model.Name}";
        foreach (var property in model.Properties
            .Where(property => property.IsPublic && !kind.LinkMembers.Contains(property.Name)))
        {
            source.Add($"""
                /// <inheritdoc cref="{type}.{property.Name}"/>
                public {property.Type}? {property.Name} => (({type})Details!).{property.Name};

                """);
        }

        return source.Add("}").ToString();
    }

    private static string NamesOf(KindModel kind) => string.Join(", ", kind.Names.Select(name => $"\"{name}\""));

    private static void WriteKind(Source source, SetModel model, KindModel kind)
    {
        source.Add($$"""
            LxcNetworking.Links.LinkKinds.Add(new LxcNetworking.Links.LinkKind({{NamesOf(kind)}})
            {
            """);
        source.Add($"Empty = static () => new {model.Name}(),");
        source.Add("Properties = Properties,");
        if (kind.Module is { } module)
            source.Add($"Module = \"{module}\",");
        if (kind.StaysInMachine)
            source.Add("StaysInMachine = true,");
        if (kind.HasForwardingTable)
            source.Add("HasForwardingTable = true,");
        if (kind.TakesNoPorts)
            source.Add("TakesNoPorts = true,");
        if (kind.HasOwnMacAddress)
            source.Add("HasOwnMacAddress = true,");
        // A kind that declares nothing has no details to show.
        if (model.Properties.Count > 0)
            source.Add($"Read = static data => new {model.Name}(data),");
        if (kind.LinkType is { } link)
            source.Add($"Create = static data => new {link}(data),");
        if (kind.HasLeastDataLength)
            source.Add("LeastDataLength = LeastDataLength,");
        source.Add("});");
    }
}
