namespace LxcNetworking.Generators.Tests;

/// <summary>The tables of the kernel's names for constants.</summary>
public class KernelNamesTests
{
    private const string Usings = "using LxcNetworking.Rtnetlink;\nnamespace Example;\n";

    [Fact]
    public void Constants_have_the_names_of_the_kernels_headers()
    {
        var compiled = Compiled.Of(Usings + """
            [KernelNames("IFLA_", "NET_NS_FD")]
            internal static partial class Names
            {
                public const ushort IfName = 3, NetNsFd = 28;
                private const int Other = 3;
            }
            """);
        Assert.Empty(compiled.Problems);
        compiled.IsAsBefore("Example.Names.g.cs");
    }

    [Theory]
    [InlineData("""[KernelNames("IFA_", "ADRESS")] partial class Names { const ushort Address = 1; }""", "LXN012")]
    [InlineData("""[KernelNames("IFA_")] partial class Names { const ushort Address = 1, Local = 1; }""", "LXN013")]
    public void What_cannot_be_is_an_error_at_the_class(string source, string id)
    {
        var problem = Compiled.Of(Usings + source)
            .Problems.First(item => item.Id.StartsWith("LXN", StringComparison.Ordinal));
        Assert.Equal((id, 2), (problem.Id, problem.Location.GetLineSpan().StartLinePosition.Line));
    }
}
