using System.Text.Json.Serialization;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// A link that was lent to a container, as it was on the host: so it comes back, whatever the container made of it.
/// </summary>
internal sealed record MovedLink
{
    /// <summary>What tells it from every other link (<see cref="LinkIdentity"/>); its file's name has it.</summary>
    [JsonIgnore]
    public ulong Identity { get; init; }

    /// <summary>The container's namespace; empty if its place there is another link's by now.</summary>
    public string? Namespace { get; init; }

    /// <summary>The namespace's file.</summary>
    public string? Path { get; init; }

    /// <summary>The process that lends it.</summary>
    public int ProcessId { get; init; }

    /// <summary>The PID namespace of that process, which sees the container's processes.</summary>
    public ulong PidNamespace { get; init; }

    /// <summary>Whether it returns to the host by itself when its namespace ends, as hardware does.</summary>
    public bool IsReturnedByKernel { get; init; }

    /// <summary>Its index in there; 0 until it is in there.</summary>
    public int InsideIndex { get; init; }

    /// <summary>Its name in there.</summary>
    public string InsideName { get; init; } = string.Empty;

    public string Name { get; init; } = string.Empty;

    public string Alias { get; init; } = string.Empty;

    public List<string> AlternativeNames { get; init; } = [];

    public string? MacAddress { get; init; }

    public long Mtu { get; init; }

    public long Group { get; init; }

    public long TxQueueLength { get; init; }

    public bool Promiscuous { get; init; }

    public static MovedLink Of(NetLink link, ulong identity) => new()
    {
        Identity = identity,
        ProcessId = Environment.ProcessId,
        PidNamespace = LinkSearch.PidNamespace,
        IsReturnedByKernel = link.Kind == "physical" || link.Data.ParentDevice is not null,
        Name = link.Name,
        Alias = link.Alias ?? string.Empty,
        AlternativeNames = [.. link.AlternativeName],
        MacAddress = link.MacAddress?.ToString(),
        Mtu = link.Mtu,
        Group = link.Group,
        TxQueueLength = link.TxQueueLength,
        Promiscuous = link.Promiscuous,
    };

    /// <summary>Whether another link is where this one was in its container.</summary>
    public bool IsReplacedBy(int index, string name) => InsideIndex == index || InsideName == name;

    /// <summary>What has to change for a link to be as it was; null if nothing.</summary>
    public LinkChange? Undo(NetLink link)
    {
        var mac = MacAddress is { } text ? LxcNetworking.Values.MacAddress.Parse(text) : null;
        var change = new LinkChange
        {
            Alias = (link.Alias ?? string.Empty) == Alias ? null : Alias,
            MacAddress = mac is null || mac.Equals(link.MacAddress) ? null : mac,
            Mtu = link.Mtu == Mtu ? null : (int)Mtu,
            Group = link.Group == Group ? null : Group,
            TxQueueLength = link.TxQueueLength == TxQueueLength ? null : (int)TxQueueLength,
            Promiscuous = link.Promiscuous == Promiscuous ? null : Promiscuous,
        };
        return change == new LinkChange() ? null : change;
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(MovedLink))]
internal sealed partial class MovedLinkJson : JsonSerializerContext;
