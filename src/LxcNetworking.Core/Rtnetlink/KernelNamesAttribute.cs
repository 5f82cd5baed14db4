namespace LxcNetworking.Rtnetlink;

/// <summary>
/// Has the names of a class's constants in the kernel's headers written beside them: the constant's name in capitals
/// after the prefix, as in <c>IFLA_IFNAME</c> for <c>IfName</c>.
/// </summary>
/// <param name="prefix">What all names begin with.</param>
/// <param name="withUnderscores">The names that have more underscores, without the prefix.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class KernelNamesAttribute(string prefix, params string[] withUnderscores) : Attribute
{
    /// <summary>What all names begin with.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>The names that have more underscores, without the prefix.</summary>
    public string[] WithUnderscores { get; } = withUnderscores;
}
