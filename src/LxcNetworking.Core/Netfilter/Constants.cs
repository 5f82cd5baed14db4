using System.Runtime.InteropServices;

namespace LxcNetworking.Netfilter;

/// <summary>struct nfgenmsg of linux/netfilter/nfnetlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NfGenMsg
{
    public byte Family;
    public byte Version;
    public ushort ResourceBigEndian;
}

/// <summary>NFNL_* of linux/netfilter/nfnetlink.h.</summary>
internal static class Nfnl
{
    public const ushort BatchBegin = 0x10, BatchEnd = 0x11;
    public const ushort BatchGeneration = 1;
    public const byte SubsystemNfTables = 10;
}

/// <summary>NFT_MSG_* of linux/netfilter/nf_tables.h, with the subsystem in the upper byte.</summary>
internal static class NftMsg
{
    public const ushort NewTable =
        0xa00, GetTable = 0xa01, DelTable = 0xa02, NewChain = 0xa03, GetChain = 0xa04, DelChain = 0xa05,
        NewRule = 0xa06, GetRule = 0xa07, DelRule = 0xa08, NewSet = 0xa09, GetSet = 0xa0a,
        NewSetElem = 0xa0c, GetSetElem = 0xa0d, GetGen = 0xa10;
}

/// <summary>NFPROTO_*, NF_INET_*, NF_DROP and NF_ACCEPT of linux/netfilter.h.</summary>
internal static class Nf
{
    public const byte Inet = 1, IPv4 = 2, Arp = 3, Netdev = 5, Bridge = 7, IPv6 = 10;
    public const uint HookPreRouting = 0, HookLocalIn = 1, HookForward = 2, HookLocalOut = 3, HookPostRouting = 4;

    /// <summary>NF_INET_INGRESS, NF_NETDEV_INGRESS and NF_NETDEV_EGRESS, NF_ARP_IN and NF_ARP_OUT.</summary>
    public const uint HookInetIngress = 5, HookIngress = 0, HookEgress = 1, HookArpIn = 0, HookArpOut = 1;

    public const int PriorityConntrack = -200;
    public const int PriorityDestinationNat = -100, PrioritySourceNat = 100;
    public const uint Drop = 0, Accept = 1;
}

/// <summary>NFTA_TABLE_*, NFTA_CHAIN_*, NFTA_HOOK_*, NFTA_RULE_*, NFTA_SET_*, NFTA_GEN_* of
/// linux/netfilter/nf_tables.h.</summary>
internal static class Nfta
{
    public const ushort TableName = 1, TableFlags = 2, TableUse = 3, TableUserData = 6;
    public const ushort ChainTable = 1, ChainName = 3, ChainHook = 4, ChainPolicy = 5, ChainType = 7;
    public const ushort HookNumber = 1, HookPriority = 2, HookDevice = 3, HookDevices = 4;
    public const ushort RuleTable
        = 1, RuleChain = 2, RuleHandle = 3, RuleExpressions = 4, RulePosition = 6, RuleUserData = 7;
    public const ushort SetTable
        = 1, SetName = 2, SetFlags = 3, SetKeyType = 4, SetKeyLength = 5, SetDataType = 6, SetDataLength = 7,
        SetDescription = 9, SetId = 10;
    public const ushort SetDescriptionSize = 1, SetDescriptionConcat = 2, SetFieldLength = 1;
    public const ushort SetElemListTable = 1, SetElemListSet = 2, SetElemListElements = 3, SetElemListSetId = 4;
    public const ushort SetElemKey = 1, SetElemData = 2, SetElemFlags = 3, SetElemExpression = 7, SetElemKeyEnd = 10,
        SetElemExpressions = 11;
    public const ushort GenerationId = 1;
    public const ushort ListElement = 1, ExprName = 1, ExprData = 2, DataValue = 1, DataVerdict = 2;
    public const ushort VerdictCode = 1, VerdictChain = 2;

    /// <summary>NFT_TABLE_F_DORMANT: the table's chains are not called.</summary>
    public const uint Dormant = 1;

    /// <summary>NFT_SET_ANONYMOUS, NFT_SET_CONSTANT and NFT_SET_MAP.</summary>
    public const uint AnonymousMap = 0x1 | 0x2 | 0x8;

    /// <summary>nftables' own number for its type of ports (enum datatypes of its datatype.h), by which it shows a
    /// set's elements.</summary>
    public const uint TypeInetService = 13;
}

/// <summary>Attributes and values of the expressions (linux/netfilter/nf_tables.h).</summary>
internal static class NftExpr
{
    public const ushort MetaDestination = 1, MetaKey = 2, MetaSource = 3;
    public const uint MetaProtocol = 1, MetaMark = 3, MetaIif = 4, MetaOif = 5, MetaIifName = 6, MetaOifName = 7,
        MetaIifType = 8, MetaOifType = 9, MetaNfProto = 15, MetaL4Proto = 16, MetaBridgeIifName = 17,
        MetaBridgeOifName = 18, MetaPacketType = 19, MetaSecurityPath = 25;
    public const ushort PayloadDestination = 1, PayloadBase = 2, PayloadOffset = 3, PayloadLength = 4;
    public const ushort PayloadSource = 5;
    public const uint PayloadLink = 0, PayloadNetwork = 1, PayloadTransport = 2;
    public const ushort BitwiseSource
        = 1, BitwiseDestination = 2, BitwiseLength = 3, BitwiseMask = 4, BitwiseXor = 5, BitwiseOperation = 6;
    public const ushort CmpSource = 1, CmpOperation = 2, CmpData = 3;
    public const ushort RangeSource = 1, RangeOperation = 2, RangeFrom = 3, RangeTo = 4;
    public const ushort CtDestination = 1, CtKey = 2, CtDirection = 3, CtSource = 4;
    public const uint CtState = 0, CtTravels = 1, CtStatus = 2, CtMark = 3;
    public const ushort FibDestination = 1, FibResult = 2, FibFlags = 3;
    public const uint FibResultOif = 1, FibResultOifName = 2, FibResultAddressType = 3;
    public const uint FibSourceAddress = 1, FibDestinationAddress = 2, FibPresent = 32;
    public const ushort ImmediateDestination = 1, ImmediateData = 2;
    public const ushort LookupSet = 1, LookupSource = 2, LookupDestination = 3, LookupSetId = 4, LookupFlags = 5;
    public const ushort NatType
        = 1, NatFamily = 2, NatAddressMin = 3, NatAddressMax = 4, NatPortMin = 5, NatPortMax = 6, NatFlags = 7;
    public const uint NatSource = 0, NatDestination = 1;
    public const ushort ByteOrderSource = 1, ByteOrderDestination = 2, ByteOrderLength = 4, ByteOrderSize = 5;
    public const ushort RejectType = 1, RejectCode = 2, CompatName = 1, CompatRevision = 2, CompatInfo = 3;
    public const ushort ExtensionDestination = 1, ExtensionFlags = 5, ExtensionOperation = 6, ExtensionSource = 7;
    public const ushort MasqueradeFlags = 1, MasqueradePortMin = 2;

    /// <summary>NF_NAT_RANGE_MAP_IPS and NF_NAT_RANGE_PROTO_SPECIFIED, which the kernel sets by itself.</summary>
    public const uint NatFlagsImplied = 3;
}
