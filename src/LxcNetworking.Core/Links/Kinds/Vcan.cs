using LxcNetworking.Declarations;

namespace LxcNetworking.Links.Kinds;

/// <summary>A CAN bus of this machine's programs alone: what one sends, the others get.</summary>
[LinkKind("vcan", StaysInMachine = true, TakesNoPorts = true)]
public sealed partial record VcanSettings : LinkSettings;
