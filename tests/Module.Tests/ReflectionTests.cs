using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// The libraries find nothing by name at run time, so that a program that uses them can be trimmed or compiled ahead of
/// time. The compiler's analyzers (IsAotCompatible) refuse what would break; this test refuses the rest too.
/// </summary>
public class ReflectionTests
{
    // typeof and comparing types, as a record's Equals does, look up no member; events combine delegates.
    private static readonly string[] s_harmless =
    [
        "System.Type.GetTypeFromHandle", "System.Type.op_Equality", "System.Type.op_Inequality",
        "System.Delegate.Combine", "System.Delegate.Remove",
    ];

    [Theory]
    [InlineData("LxcNetworking.Netlink")]
    [InlineData("LxcNetworking.Core")]
    public void A_library_uses_no_reflection(string assembly)
    {
        var uses = UsesOfOthers(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        Assert.Contains(uses, use => use.Member == "System.Object..ctor");
        // What the framework's generator for JSON writes: members of types that it names, looked up where somebody asks
        // a type for its attributes.
        var found = uses.Where(use => IsReflection(use.Member) && !use.User.EndsWith("Json", StringComparison.Ordinal));
        Assert.Equal([], found.Select(use => $"{use.User} uses {use.Member}").Distinct());
    }

    [Fact]
    public void What_this_assembly_uses_is_seen()
    {
        Assert.NotNull(typeof(ReflectionTests).GetMethod(nameof(What_this_assembly_uses_is_seen)));
        var uses = UsesOfOthers(typeof(ReflectionTests).Assembly.Location);
        Assert.Contains((nameof(ReflectionTests), "System.Type.GetMethod"), uses);
    }

    private static bool IsReflection(string member)
    {
        var type = member[..member.LastIndexOf('.')].TrimEnd('.');
        return !s_harmless.Contains(member)
            && (type is "System.Type" or "System.Activator" or "System.AppDomain" or "System.Delegate"
                or "System.ComponentModel.TypeDescriptor"
                || type.StartsWith("System.Reflection.", StringComparison.Ordinal)
                || type.StartsWith("System.Linq.Expressions.", StringComparison.Ordinal));
    }

    // Which outermost type of an assembly calls which method of another assembly.
    private static List<(string User, string Member)> UsesOfOthers(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        var result = new List<(string User, string Member)>();
        foreach (var method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition))
        {
            if (method.RelativeVirtualAddress == 0)
                continue;
            var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            // Bytes that only look like a call name a method all the same, or nothing.
            for (var at = 0; at + 5 <= code.Length; at++)
            {
                const byte Call = 0x28, CallVirt = 0x6f, NewObject = 0x73;
                if (code[at] is Call or CallVirt or NewObject
                    && MemberOf(metadata, BitConverter.ToInt32(code, at + 1)) is { } member)
                    result.Add((OutermostType(metadata, method), member));
            }
        }

        return result;
    }

    private static string? MemberOf(MetadataReader metadata, int token)
    {
        var kind = (HandleKind)(token >>> 24);
        if (kind is not (HandleKind.MemberReference or HandleKind.MethodSpecification))
            return null;
        var row = token & 0xffffff;
        if (row == 0 || row > metadata.GetTableRowCount((TableIndex)(token >>> 24)))
            return null;
        var handle = MetadataTokens.EntityHandle(token);
        if (kind == HandleKind.MethodSpecification)
            handle = metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method;
        if (handle.Kind != HandleKind.MemberReference)
            return null;
        var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
        if (member.Parent.Kind != HandleKind.TypeReference)
            return null;
        var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
        var name = $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
        return $"{name}.{metadata.GetString(member.Name)}";
    }

    private static string OutermostType(MetadataReader metadata, MethodDefinition method)
    {
        var type = metadata.GetTypeDefinition(method.GetDeclaringType());
        while (!type.GetDeclaringType().IsNil)
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        return metadata.GetString(type.Name);
    }
}
