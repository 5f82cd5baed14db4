using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Reads RTM_NEWLINK messages.</summary>
internal static class LinkParser
{
    // A few names recur in every message of a long list.
    private static readonly string?[] s_common = new string?[256];

    /// <summary>Makes a link of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static NetLink? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type is not (Rtm.NewLink or Rtm.DelLink))
            return null;
        var attributes = Attributes(reply, out var header);
        var data = new LinkData(reference)
        {
            Index = header.Index,
            HardwareType = header.Type,
            Flags = (LinkFlags)header.Flags,
            Common = new CommonLinkSettings(attributes),
        };
        foreach (var attribute in attributes)
        {
            switch (attribute.Type)
            {
                case Ifla.IfName: data.Name = attribute.AsString(); break;
                case Ifla.Address: ReadAddress(attribute, data); break;
                case Ifla.ParentDevName: data.ParentDevice = attribute.AsString(); break;
                case Ifla.ParentDevBusName: data.ParentDeviceBus = Common(attribute); break;
                case Ifla.PermAddress: data.PermanentMacAddress = ReadMac(attribute); break;
                case Ifla.Mtu: data.Mtu = attribute.AsUInt32(); break;
                case Ifla.MinMtu: data.MinMtu = attribute.AsUInt32(); break;
                case Ifla.MaxMtu: data.MaxMtu = attribute.AsUInt32(); break;
                case Ifla.Link: data.ParentIndex = attribute.AsInt32(); break;
                case Ifla.LinkNetNsId: data.ParentNamespaceId = attribute.AsInt32(); break;
                case Ifla.Master: data.MasterIndex = attribute.AsInt32(); break;
                case Ifla.OperState: data.State = (LinkState)attribute.AsByte(); break;
                case Ifla.Group: data.Group = attribute.AsUInt32(); break;
                case Ifla.IfAlias: data.Alias = attribute.AsString(); break;
                case Ifla.TxQLen: data.TxQueueLength = attribute.AsUInt32(); break;
                case Ifla.Promiscuity: data.Promiscuity = attribute.AsUInt32(); break;
                case Ifla.Qdisc: data.QueueDiscipline = Common(attribute); break;
                case Ifla.Stats64:
                    data.Statistics = new LinkStatistics(attribute.AsStruct<LinkStatistics.Raw>(
                    )); break;
                case Ifla.PropList: data.AlternativeNames = [.. ReadAlternativeNames(attribute.Nested)]; break;
                case Ifla.LinkInfo: ReadInfo(LongLinkInfo.Read(attribute.Value), data); break;
            }
        }

        // The kernel names the link itself where it has neither a parent nor another end; in another namespace the same
        // number is another link, but for some kinds.
        if (data.ParentIndex == data.Index
            && (data.ParentNamespaceId is null || data.Details?.IsItsOwnParent == true))
            data.ParentIndex = 0;
        if (data.ParentIndex == 0 && data.Details?.ParentIndex is { } parent)
            data.ParentIndex = parent;
        return LinkKinds.Find(data.Kind)?.Create is { } create && data.Details is not null
            ? create(data) : new NetLink(data);
    }

    /// <summary>
    /// Reads a message's header and gives its attributes, of which IFLA_LINKINFO may be longer than it says.
    /// </summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static AttributeReader Attributes(NetlinkReply reply, out IfInfoMsg header)
    {
        var attributes = reply.Read(out header);
        return reply.Payload.Length > ushort.MaxValue
            ? new AttributeReader(attributes.Rest, Ifla.LinkInfo, LongLinkInfo.LeastLength)
            : attributes;
    }

    private static void ReadInfo(AttributeReader info, LinkData data)
    {
        if (info.TryFind(IflaInfo.Kind, out var kind))
            data.Kind = Common(kind);
        if (info.TryFind(IflaInfo.SlaveKind, out var portKind))
            data.PortKind = Common(portKind);
        // A kind without data in the message still has details, all at their zero values.
        data.Details = LinkKinds.Find(data.Kind)?.Read?.Invoke(
            info.TryFind(IflaInfo.Data, out var details) ? details.Nested : default);
        if (!info.TryFind(IflaInfo.SlaveData, out var port))
            return;
        if (data.PortKind == "bridge")
            data.PortSettings = new BridgePortSettings(port.Nested);
        else if (data.PortKind == "bond")
            data.BondPortSettings = new BondPortSettings(port.Nested);
    }

    private static void ReadAddress(NetlinkAttribute attribute, LinkData data)
    {
        data.MacAddress = ReadMac(attribute);
        data.OtherAddress = data.MacAddress is null ? LinkLayerAddress.Read(attribute) : null;
    }

    private static MacAddress? ReadMac(NetlinkAttribute attribute)
        => attribute.Value.Length == 6 ? new MacAddress(attribute.Value) : null;

    private static List<string> ReadAlternativeNames(AttributeReader names)
    {
        var result = new List<string>();
        foreach (var name in names)
        {
            if (name.Type == Ifla.AltIfName)
                result.Add(name.AsString());
        }

        return result;
    }

    private static string Common(NetlinkAttribute attribute)
    {
        uint hash = 17;
        foreach (var letter in attribute.Value)
            hash = hash * 31 + letter;
        ref var place = ref s_common[hash % (uint)s_common.Length];
        if (place is { } known && attribute.Value.Length == known.Length + 1
            && System.Text.Ascii.Equals(attribute.Value[..^1], known))
            return known;
        return place = attribute.AsString();
    }
}
