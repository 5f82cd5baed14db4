namespace LxcNetworking.Commands.Common;

/// <summary>
/// Gives a cmdlet the parameters of what a declaration says can be set at creation, and a method Said that makes the
/// settings of them. A parameter that the cmdlet has itself is left to it.
/// </summary>
/// <param name="settings">The declared type.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class CreationParametersAttribute(Type settings) : Attribute
{
    /// <summary>The declared type.</summary>
    public Type Settings { get; } = settings;
}

/// <summary>The same of what can be changed later.</summary>
/// <param name="settings">The declared type.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ChangeParametersAttribute(Type settings) : Attribute
{
    /// <summary>The declared type.</summary>
    public Type Settings { get; } = settings;
}
