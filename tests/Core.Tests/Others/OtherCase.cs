using LxcNetworking.Addressing;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>
/// What a test of another project makes and what the kernel then has: the names and values are theirs, all words are
/// ours.
/// </summary>
/// <param name="Id">What a failure names; a link is called like it.</param>
/// <param name="Source">The project and its test.</param>
/// <param name="Made">What is made: a specification of links, addresses, routes, rules, neighbours, next-hop objects,
/// entries of tables.</param>
/// <param name="Seen">What ip or bridge shows of it, as JSON with single quotes: each of these properties, and of each
/// array these items. A word that begins with ! is not there. An array is several objects.</param>
/// <param name="Changed">What it is changed to; null for nothing.</param>
/// <param name="Then">What is shown afterwards.</param>
internal sealed record OtherCase(
    string Id, string Source, Func<object> Made, string Seen, Func<object>? Changed = null, string? Then = null)
{
    /// <summary>The link of an address or a neighbour.</summary>
    public string On { get; init; } = "e0";
}

/// <summary>Cases that are made in one sandbox.</summary>
/// <param name="Name">What the test is called.</param>
/// <param name="Needs">The kinds of links that the kernel has to have.</param>
/// <param name="Prepared">What ip does before.</param>
/// <param name="Cases">The cases.</param>
internal sealed record OtherCases(
    string Name, IReadOnlyList<string> Needs, IReadOnlyList<string> Prepared, IReadOnlyList<OtherCase> Cases)
{
    /// <summary>Whether they take a bridge that tells VLANs apart, which small kernels have not.</summary>
    public bool NeedVlanFiltering { get; init; }
}

/// <summary>A route beside another one.</summary>
internal sealed record Appended(RouteSpec Route);

/// <summary>VLANs of a bridge's port.</summary>
internal sealed record VlansOfPort(
    string Port, string Vlans, bool Pvid = false, bool Untagged = false, long? TunnelId = null);

/// <summary>VNIs of a VXLAN link that takes those that it is told.</summary>
internal sealed record VnisOfLink(string Link, VniRange Vnis, IPAddress? Remote = null);
