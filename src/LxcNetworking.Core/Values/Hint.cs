using System.Diagnostics.CodeAnalysis;

namespace LxcNetworking.Values;

/// <summary>What a refusal of the kernel can mean, beyond its own words.</summary>
/// <param name="Cause">A sentence about the cause.</param>
/// <param name="Advice">What can be done about it.</param>
internal sealed record Hint(string Cause, params Advice[] Advice)
{
    [return: NotNullIfNotNull(nameof(cause))]
    public static implicit operator Hint?(string? cause) => cause is null ? null : new(cause);
}
