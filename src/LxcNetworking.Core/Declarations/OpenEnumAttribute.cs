namespace LxcNetworking.Declarations;

/// <summary>Declares that every number that an attribute holds is a value of an enumeration, with or without a
/// name.</summary>
[AttributeUsage(AttributeTargets.Enum)]
internal sealed class OpenEnumAttribute : Attribute;
