using System.Runtime.CompilerServices;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>What a VRF has.</summary>
public sealed class VrfDetails : LinkDetails
{
    /// <summary>The routing table that its ports use.</summary>
    public long Table { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"table {Table}";
}

/// <summary>A VRF: links that are its ports route by a table of their own.</summary>
public sealed class VrfLink : NetLink
{
    internal VrfLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The routing table that its ports use.</summary>
    public long Table => ((VrfDetails)Details!).Table;
}

internal sealed class VrfKind() : LinkKind("vrf")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new VrfKind());

    internal const ushort Table = 1; // IFLA_VRF_TABLE of linux/if_link.h.

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
        => new VrfDetails { Table = data.TryFind(Table, out var table) ? table.AsUInt32() : 0 };

    public override NetLink Create(LinkData data) => data.Details is VrfDetails ? new VrfLink(data) : new NetLink(data);
}

/// <summary>A VRF. Its table cannot be changed later.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="table">The routing table, 1 to 4294967295.</param>
public sealed class VrfSpec(string name, long table) : LinkSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => "vrf";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (table is < 1 or > uint.MaxValue)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{table} is no routing table for '{Name}': 1 to {uint.MaxValue} are.", Name);
        if (table is >= 253 and <= 255)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"Table {table} is the kernel's own ({(table == 255 ? "local" : table == 254 ? "main" : "default")}); a VRF such as '{Name}' needs one for itself, such as 10.", Name);
    }

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Put(VrfKind.Table, (uint)table);
    }
}
