using LxcNetworking.Netlink;

namespace LxcNetworking.Values;

/// <summary>What can be done about a failure.</summary>
public enum AdviceKind
{
    /// <summary>See what is there.</summary>
    List,

    /// <summary>Read the object again.</summary>
    ReadAgain,

    /// <summary>Create what is missing.</summary>
    Create,

    /// <summary>Change what is there.</summary>
    Change,

    /// <summary>Remove what is in the way.</summary>
    Remove,

    /// <summary>Bring the link up.</summary>
    BringUp,

    /// <summary>Take the link down.</summary>
    TakeDown,

    /// <summary>Take the link out of the bridge, bond or VRF that it is a port of.</summary>
    Detach,

    /// <summary>Move the link to another namespace.</summary>
    Move,

    /// <summary>Leave the namespace that the session has entered.</summary>
    Leave,

    /// <summary>Say one of the options too.</summary>
    Give,

    /// <summary>Say another value of one of the options.</summary>
    Choose,

    /// <summary>Say none of the options.</summary>
    Omit,

    /// <summary>Have it done all the same.</summary>
    Override,

    /// <summary>Run it as root.</summary>
    RunPrivileged,

    /// <summary>Keep what awaits confirmation.</summary>
    Confirm,

    /// <summary>Put back what was there before.</summary>
    PutBack,
}

/// <summary>What an advice is about.</summary>
public enum AdviceThing
{
    /// <summary>An interface of any kind.</summary>
    Link,

    /// <summary>A VLAN link.</summary>
    Vlan,

    /// <summary>An ipvlan link.</summary>
    Ipvlan,

    /// <summary>A tunnel of Ethernet frames in GRE.</summary>
    GreTapTunnel,

    /// <summary>A bridge.</summary>
    Bridge,

    /// <summary>A bridge's port.</summary>
    Port,

    /// <summary>A VLAN of a bridge or its port.</summary>
    PortVlan,

    /// <summary>An entry of a forwarding table.</summary>
    ForwardingEntry,

    /// <summary>A network namespace.</summary>
    Namespace,

    /// <summary>The number by which a namespace knows another one.</summary>
    NsId,

    /// <summary>A container.</summary>
    Container,

    /// <summary>A container's connection to a network.</summary>
    Connection,

    /// <summary>A container network.</summary>
    Network,

    /// <summary>A network in an LXC configuration.</summary>
    LxcNetwork,

    /// <summary>An LXC configuration as a whole.</summary>
    LxcFile,

    /// <summary>An address of an interface.</summary>
    IPAddress,

    /// <summary>A route.</summary>
    Route,

    /// <summary>A next-hop object.</summary>
    NextHop,

    /// <summary>A policy rule.</summary>
    Rule,

    /// <summary>A neighbour entry.</summary>
    Neighbor,

    /// <summary>A NAT.</summary>
    Nat,

    /// <summary>A static mapping of a NAT.</summary>
    NatStaticMapping,

    /// <summary>An L2TP tunnel.</summary>
    Tunnel,

    /// <summary>An L2TP session.</summary>
    Session,

    /// <summary>A peer of a WireGuard link.</summary>
    Peer,

    /// <summary>A WireGuard key.</summary>
    Key,

    /// <summary>A layer-2 segment that spans hosts.</summary>
    Segment,

    /// <summary>A VNI that an external VXLAN link takes.</summary>
    Vni,

    /// <summary>A document that says what a network is to be.</summary>
    State,
}

/// <summary>
/// What can be done about a failure, for a face of the library to say in its own words: cmdlets name a cmdlet or a
/// parameter, a program its own options.
/// </summary>
public sealed record Advice
{
    private Advice(AdviceKind kind) => Kind = kind;

    /// <summary>What to do.</summary>
    public AdviceKind Kind { get; }

    /// <summary>To what; null where the options or the kind say all.</summary>
    public AdviceThing? Thing { get; private init; }

    /// <summary>The thing's name, or that of the link or file that such things are in; null for no certain
    /// one.</summary>
    public string? Name { get; private init; }

    /// <summary>
    /// What the network namespace that it is in is called; null where there is none, or any. No object is in a
    /// namespace by it, so that an advice in a pipeline chooses none.
    /// </summary>
    public string? NamespaceText { get; private init; }

    /// <summary>
    /// The options, with a value where one is certain. They are called like the property of the specification, or the
    /// parameter of the operation, that they are.
    /// </summary>
    public IReadOnlyList<(string Option, string? Value)> Options { get; private init; } = [];

    /// <summary>Have it done all the same, by the option that is called so.</summary>
    public static Advice Override { get; } = OverrideBy("Force");

    /// <summary>Run it as root.</summary>
    public static Advice RunPrivileged { get; } = new(AdviceKind.RunPrivileged);

    /// <summary>Leave the namespace that the session has entered.</summary>
    public static Advice Leave { get; } = new(AdviceKind.Leave);

    /// <summary>Have it done all the same.</summary>
    /// <param name="options">The options that do.</param>
    /// <returns>The advice.</returns>
    public static Advice OverrideBy(params string[] options) => Of(AdviceKind.Override, options);

    /// <summary>Do something to a thing.</summary>
    /// <param name="kind">What.</param>
    /// <param name="thing">To what.</param>
    /// <param name="inNamespace">Where it is.</param>
    /// <param name="name">Its name, or that of what such things are in.</param>
    /// <param name="options">How.</param>
    /// <returns>The advice.</returns>
    public static Advice To(
        AdviceKind kind,
        AdviceThing thing,
        string? inNamespace = null,
        string? name = null,
        params (string Option, string? Value)[] options)
        => new(kind)
        {
            Thing = thing,
            NamespaceText = inNamespace is null ? null : KernelText.Shown(inNamespace),
            Name = name is null ? null : KernelText.Shown(name),
            Options = options,
        };

    /// <summary>See what is there.</summary>
    /// <param name="thing">Of what.</param>
    /// <param name="inNamespace">Where.</param>
    /// <param name="name">The link or file that they are in.</param>
    /// <param name="options">Which of them.</param>
    /// <returns>The advice.</returns>
    public static Advice List(
        AdviceThing thing,
        string? inNamespace = null,
        string? name = null,
        params (string Option, string? Value)[] options)
        => To(AdviceKind.List, thing, inNamespace, name, options);

    /// <summary>Say one of the options too.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The advice.</returns>
    public static Advice Give(params string[] options) => Of(AdviceKind.Give, options);

    /// <summary>Say an option with a certain value.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">The value.</param>
    /// <returns>The advice.</returns>
    public static Advice GiveValue(string option, string value)
        => new(AdviceKind.Give) { Options = [(option, KernelText.Shown(value))] };

    /// <summary>Say another value of one of the options.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The advice.</returns>
    public static Advice Choose(params string[] options) => Of(AdviceKind.Choose, options);

    /// <summary>Say none of the options.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The advice.</returns>
    public static Advice Omit(params string[] options) => Of(AdviceKind.Omit, options);

    private static Advice Of(AdviceKind kind, string[] options)
        => new(kind) { Options = [.. options.Select(option => (option, (string?)null))] };
}
