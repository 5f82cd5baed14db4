using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>A process that waits for confirmations, and the clock by which it does.</summary>
internal sealed class StateWatchDouble : IStateWatch
{
    public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What it waits for.</summary>
    public List<StateRecord> Started { get; } = [];

    /// <summary>Whether it can be started.</summary>
    public bool IsMissing { get; set; }

    public void Start(StateRecord journal, CancellationToken cancellation)
    {
        if (IsMissing)
            throw new NetworkException(NetworkErrorCode.DependencyFailed, "It is missing.");
        Started.Add(journal);
    }
}

/// <summary>Documents for a machine in memory.</summary>
internal sealed class StateLab
{
    public StateLab()
    {
        Store = new StateTableStore(Death);
        Machine = new StateDouble(Death);
    }

    public StateDeath Death { get; } = new();

    public StateTableStore Store { get; }

    public StateDouble Machine { get; }

    /// <summary>A command begins, which knows nothing of those before it but what is in the store.</summary>
    public StateApplication Application => new(Machine, Store, Watch, 1);

    /// <summary>Who would put back what nobody confirms.</summary>
    public StateWatchDouble Watch { get; } = new();

    public static StateDocument Read(string yaml)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(yaml, "t", StateFormat.Yaml, problems);
        var document = root is null ? null : StateDocument.Read(root, problems);
        Assert.Equal([], problems.Select(problem => $"{problem}"));
        return document!;
    }

    /// <summary>Somebody else makes what a document says; a link without a kind is there.</summary>
    public StateLab Others(string yaml)
    {
        var document = Read(yaml);
        var done = new HashSet<StateKey>();
        foreach (var item in StateOrder.Of(document.Items).Where(item => done.Add(item.Key)))
        {
            if (item.Key.Subject == StateSubject.Link && item.Text("kind") is null)
                continue;
            var peer = StateNeeds.PeerOf(item) is { } key
                ? document.Items.FirstOrDefault(other => other.Key == key) : null;
            if (peer is not null)
                done.Add(peer.Key);
            Machine.Add(Up(item), peer is null ? null : Up(peer));
        }

        return this;
    }

    public List<string> Set(string yaml, StateOptions? options = null) => Set(Read(yaml), options);

    public List<string> Set(StateDocument document, StateOptions? options = null)
    {
        Machine.Log.Clear();
        return [.. Application.Set(document, options ?? new(), null, default).Select(step => $"{step}")];
    }

    public List<string> Test(string yaml, StateOptions? options = null)
        => [.. Application.Test(Read(yaml), options ?? new(), default).Select(step => $"{step}")];

    /// <summary>What is done, each as <c>create link 'b0'</c>.</summary>
    public List<string> Steps(string yaml, StateOptions? options = null)
    {
        _ = Set(yaml, options);
        return [.. Machine.Log.Select(line => line.Replace(" the ", " ", StringComparison.Ordinal))];
    }

    private static StateItem Up(StateItem item)
    {
        if (item.Key.Subject != StateSubject.Link)
            return item;
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        values.TryAdd("up", "true");
        return item with { Values = values };
    }
}
