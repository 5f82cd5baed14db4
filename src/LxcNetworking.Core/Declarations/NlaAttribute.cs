namespace LxcNetworking.Declarations;

/// <summary>
/// Declares that a property is a netlink attribute (struct nlattr of linux/netlink.h). What reads, writes, checks and
/// compares it, and its JSON, are generated from this.
/// </summary>
/// <param name="type">The attribute's number.</param>
/// <param name="wire">How its value is written.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NlaAttribute(int type, Wire wire) : Attribute
{
    /// <summary>The number of each item of a list whose items are numbered from 0.</summary>
    public const int Numbered = -1;

    /// <summary>The attribute's number.</summary>
    public int Type { get; } = type;

    /// <summary>How its value, or each item of a list, is written.</summary>
    public Wire Wire { get; } = wire;

    /// <summary>The number for an IPv6 address, where it is another than for an IPv4 address; 0 for the same.</summary>
    public int IPv6 { get; set; }

    /// <summary>The attribute that this one is nested in; 0 for none.</summary>
    public int In { get; set; }

    /// <summary>The attribute that <see cref="In"/> is nested in itself; 0 for none.</summary>
    public int Outer { get; set; }

    /// <summary>The number of each item of a list, or <see cref="Numbered"/>.</summary>
    public int Item { get; set; }

    /// <summary>The bit of a <see cref="Wire.Bitfield32"/>.</summary>
    public uint Bit { get; set; }

    /// <summary>The smallest value, in the attribute's own unit.</summary>
    public long Min { get; set; }

    /// <summary>The largest value, in the attribute's own unit; without it, what the type holds.</summary>
    public long Max { get; set; }

    /// <summary>The unit of a duration.</summary>
    public Unit Unit { get; set; }

    /// <summary>When it can be set.</summary>
    public Access Access { get; set; }

    /// <summary>What it is where the kernel does not tell it; without it, null, false for a flag, an empty
    /// list.</summary>
    public object? Absent { get; set; }

    /// <summary>The first Linux version that knows the attribute, where older ones ignore it without an error. For a
    /// link, a kernel that knows it always reports it, or with <see cref="Absent"/> wherever it is not so.</summary>
    public string? Since { get; set; }

    /// <summary>A type with static methods Read (of an attribute) and Write (to a request), where
    /// <see cref="Wire.Custom"/> is.</summary>
    public Type? Codec { get; set; }
}

/// <summary>
/// Declares that a property belongs to what <see cref="NlaAttribute"/> declares, though its own code makes it of other
/// attributes.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ComputedAttribute : Attribute
{
    /// <inheritdoc cref="NlaAttribute.Min"/>
    public long Min { get; set; }

    /// <inheritdoc cref="NlaAttribute.Max"/>
    public long Max { get; set; }

    /// <inheritdoc cref="NlaAttribute.Unit"/>
    public Unit Unit { get; set; }

    /// <inheritdoc cref="NlaAttribute.Access"/>
    public Access Access { get; set; }
}

/// <summary>How an attribute's value is written; numbers are in host byte order unless the name says
/// otherwise.</summary>
public enum Wire
{
    /// <summary>An unsigned byte.</summary>
    U8,

    /// <summary>16 bits without sign.</summary>
    U16,

    /// <summary>32 bits without sign.</summary>
    U32,

    /// <summary>64 bits without sign.</summary>
    U64,

    /// <summary>32 bits with sign.</summary>
    S32,

    /// <summary>16 bits without sign in network order.</summary>
    U16BigEndian,

    /// <summary>32 bits without sign in network order.</summary>
    U32BigEndian,

    /// <summary>64 bits without sign in network order.</summary>
    U64BigEndian,

    /// <summary>
    /// 32 bits and which of them are meant (struct nla_bitfield32, ifla_vlan_flags); each property is one
    /// <see cref="NlaAttribute.Bit"/>.
    /// </summary>
    Bitfield32,

    /// <summary>An attribute without a value: it is there or not.</summary>
    Flag,

    /// <summary>4 or 16 bytes of an IPv4 or IPv6 address; all zero for none.</summary>
    Address,

    /// <summary>4 or 16 bytes of an IPv4 or IPv6 address, which may be all zero.</summary>
    AnyAddress,

    /// <summary>6 bytes of an Ethernet address; all zero for none.</summary>
    Mac,

    /// <summary>6 bytes of an Ethernet address, which may be all zero.</summary>
    AnyMac,

    /// <summary>Text with a NUL at its end.</summary>
    Text,

    /// <summary>As <see cref="NlaAttribute.Codec"/> does it.</summary>
    Custom,
}

/// <summary>The unit of a duration in the kernel.</summary>
public enum Unit
{
    /// <summary>It is no duration.</summary>
    None,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>Milliseconds.</summary>
    Milliseconds,

    /// <summary>Hundredths of a second (USER_HZ on every architecture).</summary>
    Centiseconds,
}

/// <summary>When a property can be set.</summary>
public enum Access
{
    /// <summary>Whenever there is the thing.</summary>
    Always,

    /// <summary>While the thing is created.</summary>
    CreateOnly,

    /// <summary>Never: the kernel alone tells it.</summary>
    ReadOnly,

    /// <summary>Once the thing is there.</summary>
    ChangeOnly,
}
