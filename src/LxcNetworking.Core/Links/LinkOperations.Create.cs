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
        var master = spec.Master is null ? 0 : home.Links.MasterIndex(spec.Master, cancellation);
        cancellation.ThrowIfCancellationRequested();

        if (homeFile is not null && spec.IsBornWithItsMaker)
            return CreateAndMove(spec, home);

        using var request = NewRequest(spec, spec.Name, parent, master, (int?)homeFile?.DangerousGetHandle());
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
            CancellationToken.None);
        if (errors[0] is { } refusal)
        {
            if (refusal.Errno != Native.LibC.EEXIST || homeFile is null || home.Links.Find(spec.Name, CancellationToken.None) is not null || Find(spec.Name, CancellationToken.None) is null)
                throw CreateRefused(spec, refusal, home);
            CreateUnderOtherName(spec, home, parent, master, (int)homeFile.DangerousGetHandle());
        }

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

    private static NetlinkRequest NewRequest(LinkSpec spec, string name, int parent, int master, int? namespaceFile)
    {
        var request = new NetlinkRequest(Rtm.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        var up = spec.Up ? (uint)LinkFlags.Up : 0;
        request.Header(new IfInfoMsg { Flags = up, Change = up });
        spec.WriteCommon(request, name, parent, master, namespaceFile);
        return request.Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, spec.Kind).Nest(IflaInfo.Data, spec.WriteData));
    }

    private NetLink CreateAndMove(LinkSpec spec, NetworkStack home)
    {
        var name = $"new{System.Security.Cryptography.RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        using (var request = NewRequest(spec, name, 0, 0, null))
        {
            try
            {
                _stack.Route.Execute(request);
            }
            catch (NetlinkErrorException refusal)
            {
                throw CreateRefused(spec, refusal, home);
            }
        }

        try
        {
            Move(Get(name), home.Namespace, spec.Name);
        }
        catch
        {
            TryRemove(name);
            throw;
        }

        try
        {
            return spec.Finish(home.Links.Complete(spec), home);
        }
        catch
        {
            home.Links.TryRemove(spec.Name);
            throw;
        }
    }

    /// <summary>Before Linux 6.15 a link cannot be born elsewhere under a name that is taken here: it gets its own name over there.</summary>
    private void CreateUnderOtherName(LinkSpec spec, NetworkStack home, int parent, int master, int namespaceFile)
    {
        var name = $"new{System.Security.Cryptography.RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        using var request = NewRequest(spec, name, parent, master, namespaceFile);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw CreateRefused(spec, e, home);
        }

        try
        {
            home.Links.Rename(home.Links.Get(name), spec.Name);
        }
        catch
        {
            home.Links.TryRemove(name);
            throw;
        }
    }

    /// <summary>Brings a link that was just born up, into its master and to its alias, and reads it, in one go.</summary>
    internal NetLink Complete(LinkSpec spec)
    {
        var master = spec.Master is null ? -1 : MasterIndex(spec.Master);
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

    private NetworkException CreateRefused(LinkSpec spec, NetlinkErrorException refusal, NetworkStack home)
    {
        if (spec.Explain(refusal, _stack) is { } explained)
            return explained;
        const int EOPNOTSUPP = 95;
        if (refusal.Errno == EOPNOTSUPP && ((refusal.KernelMessage is null && spec.Master is null) || refusal.KernelMessage?.Contains("Unknown device type", StringComparison.Ordinal) == true))
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
