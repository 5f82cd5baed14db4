namespace LxcNetworking.Declarations;

/// <summary>Declares a set of attributes: its properties with <see cref="NlaAttribute"/> are read and
/// written.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AttributeSetAttribute : Attribute;

/// <summary>
/// Declares what a kind of link has: its properties with <see cref="NlaAttribute"/> are IFLA_INFO_DATA's. What other
/// parts of the library want to know of the kind is here too.
/// </summary>
/// <param name="names">The kernel's names for it (IFLA_INFO_KIND).</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class LinkKindAttribute(params string[] names) : Attribute
{
    /// <summary>The kernel's names for it.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>The class of its links, which gets the declared properties; null for that of all links.</summary>
    public Type? Link { get; set; }

    /// <summary>The kernel module that has it, where that is not called like it.</summary>
    public string? Module { get; set; }

    /// <summary>Whether frames that leave by it stay in this machine's memory.</summary>
    public bool StaysInMachine { get; set; }

    /// <summary>Whether a link has a forwarding table of its own, beside that of a bridge.</summary>
    public bool HasForwardingTable { get; set; }

    /// <summary>Whether it is known to take no ports, so that being asked for as a master is refused with a
    /// reason.</summary>
    public bool TakesNoPorts { get; set; }

    /// <summary>Whether the kernel gives a new link a random Ethernet address, and not another link's or none, so that
    /// one is chosen here.</summary>
    public bool HasOwnMacAddress { get; set; }
}

/// <summary>Declares that a property is the index of a link, which users give by its name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LinkIndexAttribute : Attribute;
