using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking;

public sealed partial class LinkOperations
{
    /// <summary>Makes a link, in one message that also names it, moves it, attaches it and brings it up. On failure nothing stays behind.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, read back from the namespace that it was born in.</returns>
    /// <exception cref="NetworkException">InvalidName, LinkExists, LinkNotFound (parent or master), NamespaceNotFound, KindNotSupported, PermissionDenied …</exception>
    public NetLink Create(LinkSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        spec.Check(_stack, cancellation);
        cancellation.ThrowIfCancellationRequested();
        var home = spec.TargetNamespace is { } target ? NetworkStackPool.Shared.Get(target) : _stack;
        using var homeFile = ReferenceEquals(home, _stack) ? null : NamespaceFile.Open(home.Path, home.Namespace);
        using var resources = spec.Prepare();
        var parent = spec.Parent is null ? 0 : IndexOf(spec.Parent, cancellation);
        var master = spec.Master is null ? 0 : home.Links.IndexOf(spec.Master, cancellation);

        using var request = new NetlinkRequest(Rtm.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        var up = spec.Up ? (uint)LinkFlags.Up : 0;
        request.Header(new IfInfoMsg { Flags = up, Change = up });
        spec.WriteCommon(request, parent, master, (int?)homeFile?.DangerousGetHandle());
        request.Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, spec.Kind).Nest(IflaInfo.Data, spec.WriteData));
        using var readBack = LookUp(spec.Name);
        // The kernel does both in one go where the link is born in the namespace that makes it.
        NetlinkRequest[] requests = homeFile is null ? [request, readBack] : [request];
        NetLink? link = null;
        var errors = _stack.Route.ExecuteAll(
            requests,
            (index, reply) =>
            {
                if (index == 1)
                    link = LinkParser.Parse(reply, _stack.Namespace);
            },
            cancellation);
        if (errors[0] is { } refusal)
            throw spec.Explain(refusal, _stack) ?? CreateRefused(spec, refusal, home);

        try
        {
            if (spec.Alias is not null)
                link = home.Links.Complete(spec);
            else if (link is null)
                link = home.Links.Get(spec.Name, CancellationToken.None);
            else
                NameRelatives([link], CancellationToken.None);
            return spec.Finish(link, home);
        }
        catch
        {
            home.Links.TryRemove(spec.Name);
            throw;
        }
    }

    /// <summary>Brings a link that was just born up, into its master and to its alias, and reads it, in one go.</summary>
    internal NetLink Complete(LinkSpec spec)
    {
        var master = spec.Master is null ? -1 : IndexOf(spec.Master);
        using var request = SetRequest(0, new LinkChange { Up = spec.Up ? true : null, Alias = spec.Alias }, master).PutString(Ifla.IfName, spec.Name);
        using var readBack = LookUp(spec.Name);
        NetLink? link = null;
        var errors = _stack.Route.ExecuteAll([request, readBack], (_, reply) => link = LinkParser.Parse(reply, _stack.Namespace));
        if ((errors[0] ?? errors[1]) is { } refusal)
            throw KernelErrors.Explain(refusal, $"complete the {spec.Kind} link '{spec.Name}'", spec.Name);
        if (link is null)
            throw NotFound(spec.Name);
        NameRelatives([link], CancellationToken.None);
        return link;
    }

    /// <summary>Removes a link that an operation made and could not complete; its absence is no failure.</summary>
    internal void TryRemove(string name)
    {
        using var request = new NetlinkRequest(Rtm.DelLink).Header(default(IfInfoMsg)).PutString(Ifla.IfName, name);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException)
        {
        }
    }

    private static NetworkException CreateRefused(LinkSpec spec, NetlinkErrorException refusal, NetworkStack home)
    {
        const int EOPNOTSUPP = 95;
        if (refusal.Errno == EOPNOTSUPP && (refusal.KernelMessage is null || refusal.KernelMessage.Contains("Unknown device type", StringComparison.Ordinal)))
        {
            return new NetworkException(
                NetworkErrorCode.KindNotSupported,
                $"The kernel has no '{spec.Kind}' links{(refusal.KernelMessage is null ? string.Empty : $" ({refusal.KernelMessage})")}. Load its module as root ('modprobe {ModuleOf(spec.Kind)}'), or boot a kernel that has it.",
                spec.Name,
                refusal);
        }

        if (refusal.Errno == Native.LibC.EEXIST)
        {
            return new NetworkException(
                NetworkErrorCode.LinkExists,
                refusal.KernelMessage is { } words
                    ? $"Cannot create '{spec.Name}': {words}."
                    : $"There is an interface '{spec.Name}' in namespace '{home.Namespace}' already, or something of its kind that must be unique.{spec.ExistsHint}",
                spec.Name,
                refusal);
        }

        return KernelErrors.Explain(refusal, $"create the {spec.Kind} link '{spec.Name}'", spec.Name, hint: spec.RefusalHint(refusal.Errno));
    }

    private static string ModuleOf(string kind) => kind switch
    {
        "vlan" => "8021q",
        "bond" => "bonding",
        "gre" or "gretap" or "erspan" => "ip_gre",
        "ip6gre" or "ip6gretap" or "ip6erspan" => "ip6_gre",
        _ => kind,
    };
}
