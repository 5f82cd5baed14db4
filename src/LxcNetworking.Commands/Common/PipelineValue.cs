using System.Management.Automation;

namespace LxcNetworking.Commands.Common;

/// <summary>Values as PowerShell hands them over.</summary>
internal static class PipelineValue
{
    /// <summary>The value itself, without the object that PowerShell wraps around it.</summary>
    /// <param name="value">A value, wrapped or not.</param>
    /// <returns>The value.</returns>
    public static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
