using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>What a VRF has (IFLA_VRF_* of linux/if_link.h): links that are its ports route by a table of their
/// own.</summary>
[LinkKind("vrf", Link = typeof(VrfLink), HasOwnMacAddress = true)]
public sealed partial record VrfSettings : LinkSettings
{
    /// <summary>The routing table that its ports use, 1 to 4294967295.</summary>
    [Nla(1, Wire.U32, Min = 1, Access = Access.CreateOnly)]
    public long? Table { get; init; }

    internal override string? Problem => Table switch
    {
        253 or 254 or 255 => $"table {Table} is the kernel's own ("
            + $"{(Table == 255 ? "local" : Table == 254 ? "main" : "default")}); a VRF needs one for itself, like 10",
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => $"table {Table}";
}

/// <summary>A VRF: links that are its ports route by a table of their own.</summary>
public sealed partial class VrfLink : NetLink;
