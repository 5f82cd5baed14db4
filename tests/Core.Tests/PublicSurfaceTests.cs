using System.Reflection;
using LxcNetworking.Links;

namespace LxcNetworking.Tests;

/// <summary>The libraries' public classes of operations are used alike.</summary>
public class PublicSurfaceTests
{
    private static readonly string[] s_verbs =
    [
        "List", "Get", "Find", "Create", "Add", "Replace", "Change", "Remove", "Rename", "Move", "Wait", "Connect",
        "Disconnect", "Check", "Plan", "Request",
        // Forwarding is a switch, and has no object to change.
        "Set",
        // A document is held against what is there, and what is there is read as one.
        "Test", "Read", "Recover",
        // Of what was applied for a time.
        "Confirm", "Restore",
    ];

    // What asks nobody: it looks at its argument, or at files.
    private static readonly string[] s_withoutKernel =
        ["AsPort", "Validate", "MappingNotFound", "ListNames", "ListAwaiting"];

    // What tells consequences before something is done.
    private static readonly string[] s_forecasts = ["Obstacles", "ForwardingLosses", "StackOf"];

    public static TheoryData<string> Operations
        => [.. typeof(LinkOperations).Assembly.GetExportedTypes()
            .Where(type => type.Name.EndsWith("Operations", StringComparison.Ordinal))
            .Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operations_can_be_cancelled_and_have_the_same_verbs(string name)
    {
        var type = typeof(LinkOperations).Assembly.GetType(name)!;
        const BindingFlags Own
            = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var methods = type.GetMethods(Own)
            .Where(method => !method.IsSpecialName && !s_withoutKernel.Contains(method.Name)).ToList();
        Assert.NotEmpty(methods);
        Assert.Equal([], methods
            .Where(method => method.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken))
            .Select(method => $"{method.Name} cannot be cancelled"));
        Assert.Equal([], methods
            .Where(method => !s_forecasts.Contains(method.Name)
                && !s_verbs.Any(verb => method.Name.StartsWith(verb, StringComparison.Ordinal)))
            .Select(method => $"{method.Name} begins with another verb"));
    }
}
