using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Tables of routes by their names and numbers.</summary>
public class RouteTableTests
{
    [Theory]
    [InlineData("main", 254)]
    [InlineData("LOCAL", 255)]
    [InlineData("default", 253)]
    [InlineData("all", 0)]
    [InlineData("4294967295", 4294967295)]
    public void Tables_are_read_by_name_and_number(string text, long id)
    {
        Assert.Equal(id, new RouteTable(text).Id);
        Assert.Equal(text.ToLowerInvariant(), new RouteTable(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    [InlineData("web\u001b")]
    public void What_is_no_table_is_refused(string text)
        => Assert.DoesNotContain('\u001b', Assert.Throws<FormatException>(() => new RouteTable(text)).Message);
}
