using System.Runtime.InteropServices;

namespace LxcNetworking.Declarations;

/// <summary>32 bits and which of them are meant (struct nla_bitfield32, struct ifla_vlan_flags, struct
/// br_boolopt_multi).</summary>
/// <param name="Value">The bits.</param>
/// <param name="Meant">Those that are meant; others stay as they are.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Bitfield32(uint Value, uint Meant)
{
    /// <summary>One bit; null where it is not meant.</summary>
    public bool? Of(uint bit) => (Meant & bit) == 0 ? null : (Value & bit) != 0;

    /// <summary>Sets one bit; null leaves it out.</summary>
    public Bitfield32 With(uint bit, bool? on)
        => on is null ? this : new((Value & ~bit) | (on.Value ? bit : 0), Meant | bit);
}
