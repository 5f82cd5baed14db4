using System.Net.Sockets;
using System.Runtime.CompilerServices;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a Geneve link has (RFC 8926; IFLA_GENEVE_* of linux/if_link.h).</summary>
public sealed class GeneveDetails : TunnelDetails
{
    /// <summary>The network's identifier, 24 bits.</summary>
    public int Vni { get; internal set; }

    /// <summary>The UDP port of the other host.</summary>
    public int Port { get; internal set; }

    /// <summary>Takes the time to live from the inner packet.</summary>
    public bool TtlInherit { get; internal set; }

    /// <summary>Sends UDP checksums over IPv4.</summary>
    public bool UdpChecksum { get; internal set; }

    /// <summary>Takes the identifier and hosts from routes or programs instead of settings.</summary>
    public bool External { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"VNI {Vni}, to {Remote?.ToString() ?? "any"} port {Port}";
}

/// <summary>A Geneve link: Ethernet to one host over UDP.</summary>
public sealed class GeneveLink : TunnelLink
{
    internal GeneveLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The network's identifier.</summary>
    public int Vni => ((GeneveDetails)Details!).Vni;

    /// <summary>The UDP port of the other host.</summary>
    public int Port => ((GeneveDetails)Details!).Port;
}

internal sealed class GeneveKind() : LinkKind("geneve")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new GeneveKind());

    // IFLA_GENEVE_* of linux/if_link.h.
    internal const ushort Id = 1, Remote = 2, Ttl = 3, Tos = 4, Port = 5, CollectMetadata = 6, Remote6 = 7, UdpCsum = 8, TtlInherit = 12;

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
    {
        var result = new GeneveDetails();
        foreach (var attribute in data)
        {
            switch (attribute.Type)
            {
                case Id: result.Vni = (int)attribute.AsUInt32(); break;
                case Remote or Remote6: result.Remote = IP.ReadOptional(attribute); break;
                case Ttl: result.Ttl = attribute.AsByte(); break;
                case Tos: result.Tos = attribute.AsByte(); break;
                case Port: result.Port = attribute.AsUInt16BigEndian(); break;
                case CollectMetadata: result.External = true; break;
                case UdpCsum: result.UdpChecksum = attribute.AsByte() != 0; break;
                case TtlInherit: result.TtlInherit = attribute.AsByte() != 0; break;
            }
        }

        return result;
    }

    public override NetLink Create(LinkData data) => data.Details is GeneveDetails ? new GeneveLink(data) : new NetLink(data);
}

/// <summary>What can be changed on a Geneve link; null leaves a thing as it is.</summary>
public sealed record GeneveSettings : LinkSettings
{
    /// <summary>Where it leads to.</summary>
    public IPAddress? Remote { get; init; }

    /// <summary>The time to live of the outer packets; 0 for the host's default.</summary>
    public int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    public int? Tos { get; init; }

    internal override IReadOnlyList<string> Kinds => ["geneve"];

    internal override string? Problem => this switch
    {
        { Ttl: < 0 or > 255 } => "a TTL is 0 to 255",
        { Tos: < 0 or > 255 } => "a type of service is 0 to 255",
        { Remote: { } remote } when IP.IsMulticast(remote) => "Geneve leads to one host, not to a multicast group",
        _ => null,
    };

    internal override void Write(NetlinkRequest data)
    {
        if (Remote is { } remote)
            data.Put(remote.AddressFamily == AddressFamily.InterNetworkV6 ? GeneveKind.Remote6 : GeneveKind.Remote, remote.GetAddressBytes());
        if (Ttl is { } ttl)
            data.Put(GeneveKind.Ttl, (byte)ttl);
        if (Tos is { } tos)
            data.Put(GeneveKind.Tos, (byte)tos);
    }
}

/// <summary>A Geneve link. It always leads to one host.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="vni">The network's identifier, 0 to 16777215.</param>
public sealed class GeneveSpec(string name, long vni) : TunnelSpec(name)
{
    /// <summary>The port that IANA gave Geneve.</summary>
    public const int DefaultPort = 6081;

    /// <inheritdoc/>
    public override string Kind => "geneve";

    /// <summary>The UDP port of the other host.</summary>
    public int Port { get; init; } = DefaultPort;

    private protected override string Protocol => "Geneve";

    private protected override int HeaderBytes => 8 + 8 + 14;

    private GeneveSettings Settings => new() { Remote = Remote, Ttl = Ttl, Tos = Tos };

    /// <inheritdoc/>
    public override void Validate()
    {
        CheckVni(vni);
        base.Validate();
        CheckPort(Port);
        Settings.Validate(Name);
        if (Remote is null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The Geneve link '{Name}' needs the other host's address.", Name)
            {
                Advice = [Advice.Give(nameof(Remote))],
            };
        if (Local is not null || Device is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The Geneve link '{Name}' takes its local address and interface from the route to {Remote}.", Name);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack) => refusal.Errno is not (Native.LibC.EEXIST or Native.LibC.EBUSY) || stack.Links.Find(Name) is not null
        ? null
        : new NetworkException(NetworkErrorCode.LinkExists, $"A Geneve link with VNI {vni} to {Remote} on UDP port {Port}, or one that takes every VNI, exists already in namespace '{stack.Namespace}'.", Name, refusal)
        {
            Advice = [Advice.Choose("Vni", nameof(Port))],
        };

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Put(GeneveKind.Id, (uint)vni).PutBigEndian(GeneveKind.Port, (ushort)Port);
        Settings.Write(data);
    }
}
