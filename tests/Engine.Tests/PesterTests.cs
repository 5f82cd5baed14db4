using Engine.Tests.Support;
using LxcNetworking.Tests;

namespace Engine.Tests;

/// <summary>The cmdlets as somebody runs them inside <c>docker run --privileged</c>.</summary>
public sealed class PesterTests
{
    [Fact]
    public void The_tagged_files_pass_in_a_privileged_container() => EngineSandbox.Run("docker", engine =>
    {
        var root = new PesterRoot();
        root.AssertPassed(((Docker)engine).RunPrivileged("pester", root));
    });
}
