using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Links.Kinds;

/// <summary>What a program reads from a tun or tap link (IFF_TUN and IFF_TAP of linux/if_tun.h).</summary>
public enum TapMode
{
    /// <summary>IP packets.</summary>
    Tun = 1,

    /// <summary>Ethernet frames.</summary>
    Tap = 2,
}

/// <summary>What a tun or tap link has (IFLA_TUN_* of linux/if_link.h). Its own device alone creates one and sets
/// them, so they are not written.</summary>
[LinkKind("tun", Link = typeof(TapLink), TakesNoPorts = true, HasOwnMacAddress = true)]
public sealed partial record TapSettings : LinkSettings
{
    /// <summary>What a program reads from it.</summary>
    [Nla(3, Wire.U8, Access = Access.CreateOnly, Absent = TapMode.Tap)]
    public TapMode? Mode { get; init; }

    /// <summary>The user id that may open it, or null.</summary>
    [Nla(1, Wire.U32, Access = Access.CreateOnly)]
    public long? Owner { get; init; }

    /// <summary>The group id whose members may open it, or null.</summary>
    [Nla(2, Wire.U32, Access = Access.CreateOnly)]
    public long? OwnerGroup { get; init; }

    /// <summary>Whether it stays when no program holds it.</summary>
    [Nla(6, Wire.U8, Access = Access.ReadOnly)]
    public bool? Persistent { get; init; }

    /// <summary>Whether it has several queues.</summary>
    [Nla(7, Wire.U8, Access = Access.CreateOnly)]
    public bool? MultiQueue { get; init; }

    /// <summary>Whether frames have a virtio header.</summary>
    [Nla(5, Wire.U8, Access = Access.CreateOnly)]
    public bool? VnetHeader { get; init; }

    /// <summary>Whether frames have a header with their protocol.</summary>
    [Nla(4, Wire.U8, Access = Access.CreateOnly)]
    public bool? PacketInformation { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Mode}, {(Persistent == true ? "persistent" : "until its program ends")}"
        + (Owner is null ? string.Empty : $", owner {Owner}");

    internal override LinkSpec NewSpec(string name, string kind) => new TapSpec(name, Mode ?? TapMode.Tap)
    {
        Owner = Owner?.ToString(CultureInfo.InvariantCulture),
        OwnerGroup = OwnerGroup?.ToString(CultureInfo.InvariantCulture),
        MultiQueue = MultiQueue == true,
        VnetHeader = VnetHeader == true,
        PacketInformation = PacketInformation == true,
    };
}

/// <summary>A tun or tap link.</summary>
public sealed partial class TapLink : NetLink;

/// <summary>A tun or tap link that stays when no program holds it.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="mode">What a program reads from it.</param>
public sealed class TapSpec(string name, TapMode mode = TapMode.Tap)
    : LinkSpec(name, new TapSettings())
{
    /// <summary>What a program reads from it.</summary>
    public TapMode Mode { get; } = mode;

    /// <summary>The user who may open it: a name or id; null for root alone.</summary>
    public string? Owner { get; init; }

    /// <summary>The group whose members may open it: a name or id.</summary>
    public string? OwnerGroup { get; init; }

    /// <summary>Several programs or threads can hold a queue each.</summary>
    public bool MultiQueue { get; init; }

    /// <summary>Frames have a virtio header, as virtual machines want it.</summary>
    public bool VnetHeader { get; init; }

    /// <summary>Frames have a header with their protocol.</summary>
    public bool PacketInformation { get; init; }

    internal override bool HasOwnMacAddress => Mode == TapMode.Tap;

    internal override NetLink CreateFrom(LinkOperations links, CancellationToken cancellation)
        => links.CreateTap(this, cancellation);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Mode == TapMode.Tun && (Master is not null || MacAddress is not null))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{Name}' is to carry IP packets, and "
                    + $"{(Master is not null ? "a bridge takes Ethernet frames" : "has no MAC address")}.",
                Name)
            {
                Advice = [Advice.GiveValue(nameof(Mode), nameof(TapMode.Tap))],
            };
        UserDatabase.Find(Owner, group: false);
        UserDatabase.Find(OwnerGroup, group: true);
    }
}

/// <summary>Gives <see cref="LinkOperations"/> what makes tun and tap links.</summary>
public static class TapLinks
{
    extension(LinkOperations links)
    {
        /// <summary>Makes a persistent tun or tap link, in its namespace from the start. On failure nothing stays
        /// behind.</summary>
        /// <param name="spec">What it is to be like.</param>
        /// <param name="cancellation">Ends the wait.</param>
        /// <returns>The link, read back.</returns>
        /// <exception cref="NetworkException">InvalidName, LinkExists, LinkNotFound (the bridge), NamespaceNotFound,
        /// KindNotSupported, PermissionDenied.</exception>
        public NetLink CreateTap(TapSpec spec, CancellationToken cancellation = default)
        {
            ArgumentNullException.ThrowIfNull(spec);
            spec.Validate();
            var where = spec.TargetNamespace is { } target ? links.Stack.Pool.Get(target, cancellation) : links.Stack;
            if (spec.Master is not null)
                where.Links.IndexOf(spec.Master, cancellation);
            cancellation.ThrowIfCancellationRequested();
            TunDevice.Make(spec, where);
            try
            {
                var link = where.Links.Get(spec.Name, CancellationToken.None);
                where.Links.Change(
                    link,
                    new LinkChange
                    {
                        Up = spec.Up ? true : null,
                        Mtu = spec.Mtu,
                        // The device's calls take none; set later, it counts as a user's all the same.
                        MacAddress = spec.RequestedMacAddress,
                        Master = spec.Master,
                        Alias = spec.Alias,
                        Group = spec.Group,
                        TxQueueLength = spec.TxQueueLength,
                    },
                    CancellationToken.None);
                return where.Links.Get(link.Index, CancellationToken.None);
            }
            catch (Exception failure)
            {
                where.Links.Creation.RollBack(spec.Name, failure);
                throw;
            }
        }
    }
}

/// <summary>The tun driver's character device (linux/if_tun.h), which alone makes its links.</summary>
internal static unsafe class TunDevice
{
    private const string Device = "/dev/net/tun";
    private const uint TUNSETIFF
        = 0x400454ca, TUNSETPERSIST = 0x400454cb, TUNSETOWNER = 0x400454cc, TUNSETGROUP = 0x400454ce;
    private const ushort IFF_MULTI_QUEUE = 0x100, IFF_NO_PI = 0x1000, IFF_VNET_HDR = 0x4000, IFF_TUN_EXCL = 0x8000;

    /// <summary>Opens the device inside the namespace, as the thread that does so decides where its link is
    /// created.</summary>
    public static void Make(TapSpec spec, NetworkStack where) => where.Within(() =>
    {
        MakeHere(spec);
        return true;
    });

    private static void MakeHere(TapSpec spec)
    {
        var descriptor = LibC.Open(Device, LibC.O_RDWR | LibC.O_CLOEXEC);
        if (descriptor < 0)
            throw Refused(spec, Marshal.GetLastPInvokeError(), opening: true);
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        Span<byte> request = stackalloc byte[40]; // struct ifreq: the name, then flags.
        request.Clear();
        Encoding.UTF8.GetBytes(spec.Name, request);
        var flags = (ushort)(
            (int)spec.Mode | IFF_TUN_EXCL | (spec.PacketInformation ? 0 : IFF_NO_PI)
                | (spec.MultiQueue ? IFF_MULTI_QUEUE : 0) | (spec.VnetHeader ? IFF_VNET_HDR : 0));
        MemoryMarshal.Write(request[16..], in flags);
        fixed (byte* argument = request)
        {
            if (LibC.Ioctl(file, TUNSETIFF, (nuint)argument) < 0)
                throw Refused(spec, Marshal.GetLastPInvokeError());
        }

        // Until it is persistent it goes with the file.
        if (UserDatabase.Find(spec.Owner, group: false) is { } owner)
            Set(TUNSETOWNER, owner, $"the owner '{spec.Owner}'");
        if (UserDatabase.Find(spec.OwnerGroup, group: true) is { } group)
            Set(TUNSETGROUP, group, $"the group '{spec.OwnerGroup}'");
        Set(TUNSETPERSIST, 1, "to outlive its maker");

        void Set(uint what, uint value, string wish)
        {
            if (LibC.Ioctl(file, what, value) < 0 && Marshal.GetLastPInvokeError() is var errno)
                throw errno == LibC.EINVAL
                    ? new NetworkException(
                        NetworkErrorCode.InvalidArgument,
                        $"'{spec.Name}' cannot get {wish}: it is not known in this user namespace.",
                        spec.Name)
                    : Refused(spec, errno);
        }
    }

    private static NetworkException Refused(TapSpec spec, int errno, bool opening = false) => errno switch
    {
        LibC.EPERM
            or LibC.EACCES => new NetworkException(
                NetworkErrorCode.PermissionDenied,
                $"Cannot create '{spec.Name}': it takes CAP_NET_ADMIN in that "
                    + $"namespace{(opening ? $" and access to {Device}" : string.Empty)}.",
                spec.Name)
            {
                Advice = [Advice.RunPrivileged],
            },
        LibC.ENOENT or LibC.ENODEV
            or LibC.ENXIO when opening => new NetworkException(
                NetworkErrorCode.KindNotSupported,
                $"The kernel has no tun or tap links: {Device} is not there. Load the module as root ('modprobe tun'); "
                    + "in a container, the device file must be let in.",
                spec.Name),
        LibC.EBUSY or LibC.EINVAL or LibC.EEXIST
            or LibC.EBADFD => new NetworkException(
                NetworkErrorCode.LinkExists,
                $"There is an interface '{spec.Name}' in that namespace already.",
                spec.Name),
        _ => new NetworkException(
            NetworkErrorCode.KernelRefused,
            $"Cannot create '{spec.Name}': {Marshal.GetPInvokeErrorMessage(errno)}.",
            spec.Name),
    };
}

/// <summary>Users and groups by name (getpwnam(3), getgrnam(3)).</summary>
internal static class UserDatabase
{
    private static readonly Lock s_gate = new();

    /// <summary>Reads a name or number.</summary>
    /// <exception cref="NetworkException">ObjectNotFound.</exception>
    public static uint? Find(string? text, bool group)
    {
        if (text is null)
            return null;
        if (Digits.TryParse(text, out uint id) && id != uint.MaxValue)
            return id;
        lock (s_gate)
        {
            // struct passwd and struct group both begin with two strings; the user's or group's id follows.
            var entry = text.Contains('\0', StringComparison.Ordinal) ? 0
                : group ? LibC.GetGrNam(text) : LibC.GetPwNam(text);
            if (entry != 0)
                return (uint)Marshal.ReadInt32(entry, 2 * nint.Size);
        }

        throw new NetworkException(
            NetworkErrorCode.ObjectNotFound,
            $"There is no {(group ? "group" : "user")} '{KernelText.Printable(text)}'. Give a name of "
                + $"/etc/{(group ? "group" : "passwd")} or a number.",
            text);
    }
}
