using LxcNetworking.Declarations;

namespace LxcNetworking.Links.Kinds;

/// <summary>A link that takes frames and loses them: a place for addresses, or a stand-in for hardware.</summary>
[LinkKind("dummy", StaysInMachine = true, TakesNoPorts = true, HasOwnMacAddress = true)]
public sealed partial record DummySettings : LinkSettings;
