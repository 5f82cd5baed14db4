using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The numbers by which namespaces know each other.</summary>
public class NamespaceIdTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_number_is_given_once_and_is_what_ip_shows() => Run(() =>
    {
        var web = Stacks.Pool.Namespaces.Create("web");
        var db = Stacks.Pool.Namespaces.Create("db");
        Assert.Null(Here.NamespaceIds.Find(web));
        Assert.Empty(Here.NamespaceIds.List());
        Assert.Equal(
            (5, "web", Here.Namespace),
            Here.NamespaceIds.Set(web, 5) is var given ? (given.NsId, $"{given.Target}", given.Namespace) : default);
        Ip("netns set db 2");
        Stacks.Pool.Namespaces.Create("other");
        Ip("netns set other 11");
        Ip("link add v0 type veth peer name v1 netns other");
        Assert.Equal(["2 db", "5 web", "11 other"], Here.NamespaceIds.List().Select(item => $"{item}"));
        Assert.Equal(5, Here.NamespaceIds.Find(web)!.NsId);
        Refused(NetworkErrorCode.ObjectExists, "has the number 5", () => Here.NamespaceIds.Set(web, 6));
        Refused(NetworkErrorCode.ObjectExists, "has the number 5", () => Here.NamespaceIds.Set(web));
        Refused(NetworkErrorCode.InvalidArgument, "0 and more", () => Here.NamespaceIds.Set(web, -1));
        // Seen from another one, and chosen by the kernel.
        var there = Stacks.Pool.Get(new("db"));
        Assert.True(there.NamespaceIds.Set(web).NsId >= 0);
        Assert.Equal("web", $"{Assert.Single(there.NamespaceIds.List()).Target}");
        Refused(
            NetworkErrorCode.ObjectExists, "Another namespace has the number 2",
            () => Here.NamespaceIds.Set(Stacks.Pool.Namespaces.Create("new"), 2));
        Stacks.Pool.Namespaces.Remove(db);
        Refused(NetworkErrorCode.NamespaceNotFound, "db", () => Here.NamespaceIds.Set(db, 12));
    });

    private static void Refused(NetworkErrorCode code, string words, Action action)
    {
        var error = Assert.Throws<NetworkException>(action);
        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }
}
