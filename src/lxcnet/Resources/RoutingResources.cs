using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Resources;

/// <summary>A route.</summary>
internal sealed class RouteResource() : ThingResource(
    "Route", "Manages a route.", "routes", "route", StateSubject.Route)
{
    private const string Destination = "destinationPrefix";

    /// <inheritdoc/>
    public override JsonObject SchemaOf(JsonObject definitions, JsonObject document)
    {
        var schema = base.SchemaOf(definitions, document);
        schema["properties"]![Families.Property] = Families.Schema();
        return schema;
    }

    /// <inheritdoc/>
    public override List<StateEntry> KeysOf(DscInstance instance)
    {
        string[] names = [Destination, "routeMetric", "table", "typeOfService", "sourcePrefix", Namespace];
        return [.. instance.Entries.Where(entry => names.Contains(entry.Name, StringComparer.OrdinalIgnoreCase))];
    }

    /// <inheritdoc/>
    protected override StateNode? RootOf(
        DscInstance instance,
        List<StateEntry> entries,
        Func<IReadOnlyList<StateItem>> networks,
        ICollection<StateProblem> problems)
    {
        Families.Take(entries, Destination, problems);
        return base.RootOf(instance, entries, networks, problems);
    }

    /// <inheritdoc/>
    protected override List<StateEntry> EntriesOf(
        StateItem main, IReadOnlyList<StateItem> said, IReadOnlyDictionary<StateKey, StateItem> there)
        => [.. base.EntriesOf(main, said, there)
            .Append(Families.Entry(IP.FamilyOf(RouteName.Parse(main.Key.Name).Destination.Address)))];
}

/// <summary>A policy rule.</summary>
internal sealed class RuleResource() : ThingResource(
    "Rule", "Manages a policy rule, which says which routing table packets are looked up in.",
    "rules", "rule", StateSubject.Rule)
{
    private const string Priority = "priority";

    /// <inheritdoc/>
    public override List<StateEntry> KeysOf(DscInstance instance) => [.. instance.Entries.Where(
        entry => new[] { Priority, Families.Property, Namespace }.Contains(
            entry.Name, StringComparer.OrdinalIgnoreCase))];

    /// <inheritdoc/>
    protected override bool IsKnownByAll => true;

    // Another rule of its priority takes its place.
    /// <inheritdoc/>
    protected override string IdentityOf(StateItem main) => $"{RuleName.FamilyOf(main.Key.Name)}-{main.Text(Priority)}";

    /// <inheritdoc/>
    protected override StateItem? FindMain(StateItem said, IReadOnlyDictionary<StateKey, StateItem> there)
        => base.FindMain(said, there) ?? new StatePlanInput(
            string.Empty, [], there, new Dictionary<StateKey, StateItem>()).RulesLike(said).FirstOrDefault();
}
