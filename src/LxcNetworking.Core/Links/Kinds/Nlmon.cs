using LxcNetworking.Declarations;

namespace LxcNetworking.Links.Kinds;

/// <summary>A link that shows a copy of the netlink messages of its namespace to a program that captures
/// packets.</summary>
[LinkKind("nlmon", StaysInMachine = true, TakesNoPorts = true)]
public sealed partial record NlmonSettings : LinkSettings;
