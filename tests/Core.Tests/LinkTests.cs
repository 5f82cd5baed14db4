using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class LinkTests
{
    private static NetworkStack Here => NetworkStackPool.Shared.Get();

    [Fact]
    public void A_veth_pair_is_made_with_each_end_in_its_namespace() => Run(() =>
    {
        NamespaceStore.Create("web");
        Here.Links.Create(new BridgeSpec("br0") { Up = true });
        var pair = Here.Links.CreateVeth(new VethSpec("veth0", new VethPeerSpec("eth0") { TargetNamespace = new("web"), Up = true, MacAddress = MacAddress.Parse("00:16:3e:00:00:01") })
        {
            Up = true,
            Master = "br0",
            Mtu = 1400,
        });

        Assert.Equal("br0", pair.Master);
        Assert.Equal("web", pair.Peer.Namespace.Text);
        var near = IpJson("link show dev veth0")[0];
        Assert.Equal("br0", near.GetProperty("master").GetString());
        Assert.Equal(1400, near.GetProperty("mtu").GetInt32());
        Assert.Contains(near.GetProperty("flags").EnumerateArray(), flag => flag.GetString() == "UP");
        var far = IpJson("-n web link show dev eth0")[0];
        Assert.Equal("00:16:3e:00:00:01", far.GetProperty("address").GetString());
        Assert.Equal("veth", far.GetProperty("linkinfo").GetProperty("info_kind").GetString());
    });

    [Fact]
    public void A_missing_peer_namespace_leaves_no_half_pair() => Run(() =>
    {
        var error = Assert.Throws<NetworkException>(() =>
            Here.Links.CreateVeth(new VethSpec("veth0", new VethPeerSpec("eth0") { TargetNamespace = new("nowhere") })));
        Assert.Equal(NetworkErrorCode.NamespaceNotFound, error.Code);
        Assert.Single(IpJson("link show").EnumerateArray());
    });

    [Theory]
    [InlineData("sixteen-bytes-xx")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("veth%d")]
    [InlineData("a\u001b[31m")]
    public void Names_that_no_interface_can_have_are_refused(string name) => Run(() =>
    {
        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new BridgeSpec(name)));
        Assert.Equal(NetworkErrorCode.InvalidName, error.Code);
        Assert.DoesNotContain('\u001b', error.Message);
    });

    [Fact]
    public void Many_links_go_as_one_group_and_the_rest_is_reported() => Run(() =>
    {
        for (var i = 0; i < 20; i++)
            Here.Links.CreateVeth(new VethSpec($"v{i}", new VethPeerSpec($"p{i}")));
        var links = Here.Links.List().Where(link => link.Name.StartsWith('v') || link.Name == "lo").ToList();
        var failure = Assert.Single(Here.Links.Remove(links));
        Assert.Equal("lo", failure.Link.Name);
        Assert.Equal(NetworkErrorCode.NotSupported, failure.Error.Code);
        Assert.Single(IpJson("link show").EnumerateArray());
    });
}
