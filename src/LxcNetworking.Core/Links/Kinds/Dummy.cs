using System.Runtime.CompilerServices;

namespace LxcNetworking.Links.Kinds;

internal sealed class DummyKind() : LinkKind("dummy", "ifb")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new DummyKind());

    public override bool StaysInMachine => true;
}

/// <summary>A link that takes frames and loses them: a place for addresses, or a stand-in for hardware.</summary>
/// <param name="name">The new link's name.</param>
public sealed class DummySpec(string name) : LinkSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => "dummy";
}

/// <summary>An intermediate functional block: a link that other links' incoming traffic is sent through to be shaped.</summary>
/// <param name="name">The new link's name.</param>
public sealed class IfbSpec(string name) : LinkSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => "ifb";
}
