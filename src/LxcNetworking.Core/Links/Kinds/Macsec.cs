using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>How MACsec encrypts (IEEE 802.1AE; MACSEC_CIPHER_ID_* of linux/if_macsec.h).</summary>
public enum MacsecCipher : long
{
    /// <summary>AES with keys of 128 bits.</summary>
    GcmAes128 = 0x0080020001000001,

    /// <summary>AES with keys of 256 bits.</summary>
    GcmAes256 = 0x0080C20001000002,

    /// <summary>AES with keys of 128 bits and packet numbers of 64.</summary>
    GcmAesXpn128 = 0x0080C20001000003,

    /// <summary>AES with keys of 256 bits and packet numbers of 64.</summary>
    GcmAesXpn256 = 0x0080C20001000004,
}

/// <summary>What becomes of frames that are not protected, or not rightly (MACSEC_VALIDATE_* of
/// linux/if_link.h).</summary>
public enum MacsecValidation
{
    /// <summary>They are taken without a look.</summary>
    Disabled = 0,

    /// <summary>They are counted and taken where that can be.</summary>
    Check = 1,

    /// <summary>They are dropped.</summary>
    Strict = 2,
}

/// <summary>What a MACsec link has (IFLA_MACSEC_* of linux/if_link.h).</summary>
[LinkKind("macsec", Link = typeof(MacsecLink), TakesNoPorts = true)]
public sealed partial record MacsecSettings : LinkSettings
{
    /// <summary>The port's number in the identifier of what it sends, 1 to 65535; 1 unless said.</summary>
    [Computed(Min = 1, Max = 65535, Access = Access.CreateOnly)]
    public int? Port
    {
        get => PortNumber;
        init => PortNumber = value;
    }

    /// <summary>How it encrypts.</summary>
    [Nla(4, Wire.U64, Access = Access.CreateOnly)]
    public MacsecCipher? Cipher { get; init; }

    /// <summary>The length of the check value behind each frame, 8 to 16 bytes.</summary>
    [Nla(3, Wire.U8, Min = 8, Max = 16, Access = Access.CreateOnly)]
    public int? CheckLength { get; init; }

    /// <summary>Whether frames are encrypted, not only signed.</summary>
    [Nla(7, Wire.U8)]
    public bool? Encrypt { get; init; }

    /// <summary>Whether frames that it sends are protected at all.</summary>
    [Nla(8, Wire.U8)]
    public bool? Protect { get; init; }

    /// <summary>Which of four keys is used for sending, 0 to 3.</summary>
    [Nla(6, Wire.U8, Max = 3)]
    public int? EncodingKey { get; init; }

    /// <summary>Whether each frame tells the sender's identifier.</summary>
    [Nla(9, Wire.U8)]
    public bool? SendIdentifier { get; init; }

    /// <summary>Whether frames say that they are of an end station, whose address tells the identifier.</summary>
    [Nla(10, Wire.U8)]
    public bool? EndStation { get; init; }

    /// <summary>Whether frames say that they are one sender's to all (single copy broadcast).</summary>
    [Nla(11, Wire.U8)]
    public bool? SingleCopyBroadcast { get; init; }

    /// <summary>Whether frames that come twice are dropped. It needs a <see cref="ReplayWindow"/>.</summary>
    [Nla(12, Wire.U8)]
    public bool? ReplayProtection { get; init; }

    /// <summary>How many frames late one may be, 0 for none.</summary>
    [Nla(5, Wire.U32)]
    public long? ReplayWindow { get; init; }

    /// <summary>What becomes of frames that are not protected, or not rightly.</summary>
    [Nla(13, Wire.U8)]
    public MacsecValidation? Validation { get; init; }

    // The kernel takes the port alone, and tells it behind an Ethernet address in one number (SCI).
    [Nla(1, Wire.U64BigEndian, Access = Access.ReadOnly)]
    internal long? Identifier
    {
        get => PortNumber;
        init => PortNumber = (int?)(value & 0xffff);
    }

    [Nla(2, Wire.U16BigEndian)]
    internal int? PortNumber { get; init; }

    internal override string? Problem => this switch
    {
        { ReplayProtection: true, ReplayWindow: null } => "protection from replays needs a ReplayWindow, such as 0",
        { EndStation: true, SingleCopyBroadcast: true } => "an end station has no single copy broadcast",
        { SendIdentifier: true, EndStation: true } or { SendIdentifier: true, SingleCopyBroadcast: true }
            => "frames that tell the sender's identifier are neither of an end station nor of a single copy broadcast",
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString()
        => $"{Cipher}{(Encrypt == true ? ", encrypted" : string.Empty)}, validation {Validation}";

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        Native.LibC.EINVAL => "The parent must be an Ethernet link.",
        Native.LibC.EBUSY => "Keys that are in use keep the packet number's length and the replay window.",
        _ => null,
    };

    internal override LinkSpec NewSpec(string name, string kind)
        => new MacsecSpec(name, this);
}

/// <summary>A MACsec link.</summary>
public sealed partial class MacsecLink : NetLink;

/// <summary>A link that encrypts the frames of its parent (IEEE 802.1AE). Its keys are of another family.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings.</param>
public sealed class MacsecSpec(string name, MacsecSettings settings) : LinkSpec(name, settings)
{
    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
        => refusal.Errno != Native.LibC.EBUSY ? null
            : new NetworkException(
                NetworkErrorCode.LinkExists,
                $"'{Parent}' carries a MACsec link with the port {settings.Port ?? 1} already. Choose another port.",
                Name,
                refusal)
            {
                Advice = [Advice.Choose(nameof(MacsecSettings.Port))],
            };
}
