using LxcNetworking.Declarations;

namespace LxcNetworking.Links.Kinds;

/// <summary>An intermediate functional block: a link that other links' incoming traffic is sent through to be
/// shaped.</summary>
[LinkKind("ifb", StaysInMachine = true, TakesNoPorts = true, HasOwnMacAddress = true)]
public sealed partial record IfbSettings : LinkSettings;
