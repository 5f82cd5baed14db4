using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>What to change on a link; null leaves a thing as it is.</summary>
public sealed record LinkChange
{
    /// <summary>Up or down.</summary>
    public bool? Up { get; init; }

    /// <summary>The MTU in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>The Ethernet address.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>Promiscuous or not.</summary>
    public bool? Promiscuous { get; init; }

    /// <summary>The bridge, bond or VRF to join; an empty string leaves the one it is in.</summary>
    public string? Master { get; init; }

    /// <summary>A free text; an empty string takes it away.</summary>
    public string? Alias { get; init; }

    /// <summary>The link group.</summary>
    public long? Group { get; init; }

    /// <summary>The transmit queue's length in packets.</summary>
    public int? TxQueueLength { get; init; }

    /// <summary>What links of every kind have besides.</summary>
    public CommonLinkSettings? Common { get; init; }

    /// <summary>Its alternative names: these and no others.</summary>
    public ValueList<string>? AlternativeName { get; init; }

    /// <summary>The change in words, each part after a blank; empty if nothing changes.</summary>
    public string Description
    {
        get
        {
            var parts = new List<string>();
            void Say<T>(T? value, string words)
            {
                if (value is not null)
                    parts.Add(words);
            }

            Say(Up, Up == true ? "up" : "down");
            Say(Mtu, $"MTU {Mtu}");
            Say(MacAddress, $"MAC address {MacAddress}");
            Say(Promiscuous, Promiscuous == true ? "promiscuous" : "not promiscuous");
            Say(Master, Master is "" ? "no master" : $"master '{KernelText.Printable(Master ?? string.Empty)}'");
            Say(Alias, $"alias '{KernelText.Printable(Alias ?? string.Empty)}'");
            Say(Group, $"group {Group}");
            Say(TxQueueLength, $"transmit queue {TxQueueLength}");
            Say(
                AlternativeName,
                AlternativeName is { Count: 0 } ? "no alternative name" : $"alternative name {AlternativeName}");
            parts.AddRange(Common?.Texts ?? []);
            return parts.Count == 0 ? string.Empty : " " + string.Join(", ", parts);
        }
    }

    /// <summary>Writes the change as one RTM_SETLINK message.</summary>
    /// <param name="index">The link's index; 0 where the request names the link itself.</param>
    /// <param name="masterIndex">The index of <see cref="Master"/>: 0 for none, -1 to leave it as it is.</param>
    internal NetlinkRequest ToRequest(int index, int masterIndex)
    {
        uint flags = 0, mask = 0;
        void Flag(LinkFlags flag, bool? on)
        {
            if (on is not { } value)
                return;
            mask |= (uint)flag;
            flags |= value ? (uint)flag : 0;
        }

        Flag(LinkFlags.Up, Up);
        Flag(LinkFlags.Promiscuous, Promiscuous);
        if (Common?.HeaderFlags is var (values, meant))
            (flags, mask) = (flags | (uint)values, mask | (uint)meant);
        var request = new NetlinkRequest(Rtm.SetLink)
            .Header(new IfInfoMsg { Index = index, Flags = flags, Change = mask });
        if (Mtu is { } mtu)
            request.Put(Ifla.Mtu, (uint)mtu);
        if (MacAddress is { } mac)
            request.Put(Ifla.Address, mac.ToArray());
        if (masterIndex >= 0)
            request.Put(Ifla.Master, masterIndex);
        if (Alias is { } alias)
            request.Put(Ifla.IfAlias, KernelText.Encode(alias));
        if (Group is { } group)
            request.Put(Ifla.Group, (uint)group);
        if (TxQueueLength is { } length)
            request.Put(Ifla.TxQLen, (uint)length);
        Common?.Write(request);
        return request;
    }
}
