namespace LxcNetworking.Generators;

/// <summary>A declared type, with no reference to the compiler's own objects, so that it can be compared.</summary>
internal sealed record SetModel(
    string Namespace,
    string Name,
    bool OverridesText,
    bool HasReader,
    bool HasConstructor,
    EquatableList<KindModel> Kinds,
    EquatableList<PropertyModel> Properties,
    EquatableList<Problem> Problems);

/// <summary>What [LinkKind] says.</summary>
internal sealed record KindModel(
    EquatableList<string> Names,
    string? LinkType,
    string? LinkNamespace,
    string? LinkName,
    string? Module,
    bool StaysInMachine,
    bool HasForwardingTable,
    bool TakesNoPorts,
    bool HasOwnMacAddress,
    bool HasLeastDataLength,
    EquatableList<string> LinkMembers);

/// <summary>A property with [Nla].</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type without null, as C# writes it.</param>
/// <param name="Form">What sort of type that is.</param>
/// <param name="Item">The type of a list's or map's items.</param>
/// <param name="ItemForm">What sort of type that is.</param>
/// <param name="IsPublic">Whether users see it.</param>
/// <param name="Number">The attribute; null for a property that is made of others.</param>
/// <param name="Wire">How it is written.</param>
/// <param name="IPv6">The number for IPv6.</param>
/// <param name="In">The attribute around it.</param>
/// <param name="Outer">The attribute around that one.</param>
/// <param name="ItemNumber">The number of items, or null for a single value.</param>
/// <param name="Min">The least number.</param>
/// <param name="Max">The largest number.</param>
/// <param name="Unit">The unit of a duration.</param>
/// <param name="Access">When it can be set.</param>
/// <param name="Absent">What it is where the kernel does not tell it, as C# writes it.</param>
/// <param name="Since">The Linux version that knows it, or null.</param>
/// <param name="Codec">The type that reads and writes it.</param>
/// <param name="Bit">Its bit in a bitfield.</param>
/// <param name="Parser">What reads the text form of the type or its items.</param>
/// <param name="IsLinkIndex">Whether it is a link's index.</param>
internal sealed record PropertyModel(
    string Name,
    string Type,
    Form Form,
    string Item,
    Form ItemForm,
    bool IsPublic,
    int? Number,
    string Wire,
    int IPv6,
    int In,
    int Outer,
    int? ItemNumber,
    long? Min,
    long? Max,
    string Unit,
    string Access,
    string? Absent,
    string? Since,
    string? Codec,
    long Bit,
    string? Parser,
    bool IsLinkIndex)
{
    public bool IsNumber => Form is Form.Int32 or Form.Int64 or Form.UInt32;
}

/// <summary>The sorts of types that properties have.</summary>
internal enum Form
{
    Unknown,
    Boolean,
    Int32,
    Int64,
    UInt32,
    String,
    Duration,
    Enumeration,
    OpenEnumeration,
    Flags,
    Text,
    List,
    Map,
}

/// <summary>Something wrong in a declaration.</summary>
internal sealed record Problem(
    string Id,
    string Text,
    string File,
    int Start,
    int Length,
    int Line,
    int Column,
    int EndLine,
    int EndColumn);
