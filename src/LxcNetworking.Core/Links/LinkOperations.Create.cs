using System.Diagnostics;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Links;

public sealed partial class LinkOperations
{
    // The state follows the carrier by itself, which a busy machine may need long for.
    private static readonly TimeSpan s_settlingTime = TimeSpan.FromSeconds(1);

    /// <summary>Makes a link, in one message that also names it, moves it, attaches it and brings it up. On failure nothing stays behind.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, read back from the namespace that it was born in.</returns>
    /// <exception cref="NetworkException">InvalidName, LinkExists, LinkNotFound (parent or master), NamespaceNotFound, KindNotSupported, PermissionDenied …</exception>
    public NetLink Create(LinkSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        using var otherHome = BeginOtherEnd(spec, cancellation);
        var birth = Bear(spec, otherHome, spec.Alias is null ? [spec.Name] : [], cancellation);
        try
        {
            var link = birth.IsIncomplete || spec.Alias is not null ? birth.Home.Links.Complete(spec)
                : birth.Read.Count == 0 ? birth.Home.Links.ReadBack(spec.Name, birth.KnownNames)
                : birth.Home.Links.Settle(birth.Read[0]);
            return spec.Finish(link, birth.Home);
        }
        catch (Exception failure)
        {
            birth.Home.Links.RollBackCreation(spec.Name, failure);
            throw;
        }
    }

    /// <summary>What was just born.</summary>
    /// <param name="Home">The stack that it lives in.</param>
    /// <param name="IsIncomplete">True if it is not yet up, in its master and under its alias.</param>
    /// <param name="Read">The links that were read back in the same send; empty where that could not be.</param>
    /// <param name="KnownNames">Names by index in its home that need not be asked for.</param>
    internal readonly record struct Birth(NetworkStack Home, bool IsIncomplete, List<NetLink> Read, Dictionary<int, string> KnownNames);

    /// <summary>Makes a link and, where it is born in the namespace that makes it, reads links back in the same send.</summary>
    /// <param name="spec">The link.</param>
    /// <param name="otherHome">Where its other end is born (<see cref="BeginOtherEnd"/>).</param>
    /// <param name="readBack">The names of the links to read back.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal Birth Bear(
        LinkSpec spec, PendingStack? otherHome, IReadOnlyList<string> readBack, CancellationToken cancellation)
    {
        spec.Validate();
        spec.Check(_stack, cancellation);
        cancellation.ThrowIfCancellationRequested();
        var home = spec.TargetNamespace is { } target ? _stack.Pool.Get(target, cancellation) : _stack;
        using var homeFile = ReferenceEquals(home, _stack) ? null : home.OpenFile();
        var parent = spec.Parent is null ? 0 : IndexOf(spec.Parent, cancellation);
        var master = spec.Master is null ? 0 : spec.KnownMaster ?? home.Links.MasterIndex(spec.Master, cancellation);
        if (master != 0 && LinkKinds.Find(spec.Kind)?.StaysInMachine != true)
            home.Links.MasterChanges++;
        cancellation.ThrowIfCancellationRequested();

        if (homeFile is not null && spec.IsBornWithItsMaker)
        {
            CreateAndMove(spec, home);
            return new Birth(home, IsIncomplete: true, [], []);
        }

        var known = new Dictionary<int, string>();
        if (master != 0)
            known[master] = spec.Master!;
        if (parent != 0 && homeFile is null)
            known[parent] = spec.Parent!;
        var requests = new List<NetlinkRequest>
        {
            NewRequest(spec, spec.Name, parent, master, homeFile, otherHome?.File),
        };
        if (homeFile is null)
            requests.AddRange(readBack.Select(LookUp));
        var read = new List<NetLink>();
        NetlinkErrorException? refusal;
        try
        {
            refusal = _stack.Route.ExecuteAll(
                requests,
                (index, reply) =>
                {
                    if (index > 0 && LinkParser.Parse(reply, _stack.Namespace) is { } link)
                        read.Add(link);
                },
                CancellationToken.None)[0];
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }

        if (refusal is not null)
        {
            if (refusal.Errno != Native.LibC.EEXIST || homeFile is null || home.Links.Find(spec.Name, CancellationToken.None) is not null || Find(spec.Name, CancellationToken.None) is null)
                throw CreateRefused(spec, refusal, home);
            CreateUnderOtherName(spec, home, parent, master, homeFile, otherHome?.File);
        }

        if (read.Count > 0)
            NameRelatives(read, CancellationToken.None, known);
        return new Birth(home, IsIncomplete: false, read, known);
    }

    /// <summary>Opens the socket of the other end's namespace, if it has one of its own, while the kernel makes the
    /// pair.</summary>
    internal PendingStack? BeginOtherEnd(LinkSpec spec, CancellationToken cancellation)
        => spec.OtherEnd?.TargetNamespace is { } target ? _stack.Pool.Begin(target, cancellation) : null;

    private static NetlinkRequest NewRequest(
        LinkSpec spec,
        string name,
        int parent,
        int master,
        SafeFileHandle? namespaceFile,
        SafeFileHandle? otherNamespaceFile)
    {
        var request = new NetlinkRequest(Rtm.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        var up = spec.Up ? (uint)LinkFlags.Up : 0;
        request.Header(new IfInfoMsg { Flags = up, Change = up });
        spec.WriteCommon(request, name, parent, master, namespaceFile);
        return request.Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, spec.Kind).Nest(IflaInfo.Data, data =>
        {
            spec.WriteData(data);
            spec.WriteOtherEnd(data, otherNamespaceFile);
        }));
    }

    private void CreateAndMove(LinkSpec spec, NetworkStack home)
    {
        var name = $"new{System.Security.Cryptography.RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        using (var request = NewRequest(spec, name, 0, 0, null, null))
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
        catch (Exception failure)
        {
            RollBackCreation(name, failure);
            throw;
        }
    }

    /// <summary>Before Linux 6.15 a link cannot be born elsewhere under a name that is taken here: it gets its own name over there.</summary>
    private void CreateUnderOtherName(
        LinkSpec spec,
        NetworkStack home,
        int parent,
        int master,
        SafeFileHandle namespaceFile,
        SafeFileHandle? otherNamespaceFile)
    {
        var name = $"new{System.Security.Cryptography.RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        using var request = NewRequest(spec, name, parent, master, namespaceFile, otherNamespaceFile);
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
        catch (Exception failure)
        {
            home.Links.RollBackCreation(name, failure);
            throw;
        }
    }

    /// <summary>Brings a link that was just born up, into its master and to its alias, and reads it, in one go.</summary>
    internal NetLink Complete(LinkSpec spec)
    {
        var master = spec.Master is null ? -1 : MasterIndex(spec.Master);
        var known = master > 0 ? new Dictionary<int, string> { [master] = spec.Master! } : null;
        if (!spec.Up && spec.Alias is null && master < 0)
            return ReadBack(spec.Name, known);
        var change = new LinkChange { Up = spec.Up ? true : null, Alias = spec.Alias, Group = spec.Alias is null ? null : spec.Group ?? 0 };
        using var request = SetRequest(0, change, master).PutString(Ifla.IfName, spec.Name);
        return ReadBack(spec.Name, known, request);
    }

    /// <summary>Reads a link that was just born, after a change in the same send.</summary>
    internal NetLink ReadBack(string name, Dictionary<int, string>? knownNames = null, NetlinkRequest? change = null)
    {
        using var lookUp = LookUp(name);
        NetLink? link = null;
        NetlinkRequest[] requests = change is null ? [lookUp] : [change, lookUp];
        var errors = _stack.Route.ExecuteAll(requests, (_, reply) => link ??= LinkParser.Parse(reply, _stack.Namespace));
        if (errors.FirstOrDefault(error => error is not null) is { } refusal)
            throw KernelErrors.Explain(refusal, $"complete the link '{name}'", name);
        if (link is null)
            throw NotFound(name);
        NameRelatives([link], CancellationToken.None, knownNames);
        return Settle(link);
    }

    /// <summary>Before Linux 6.8 the state that is told stays behind the carrier for a moment: a new link that has one is read again.</summary>
    private NetLink Settle(NetLink link)
    {
        const LinkFlags Carried = LinkFlags.Up | LinkFlags.LowerUp;
        var since = Stopwatch.GetTimestamp();
        while ((link.Flags & Carried) == Carried && link.State is LinkState.Down or LinkState.LowerLayerDown && Stopwatch.GetElapsedTime(since) < s_settlingTime)
        {
            Thread.Sleep(1);
            link = Find(link.Index) ?? link;
        }

        return link;
    }

    /// <summary>
    /// Removes a link that an operation made and could not complete. It is called from catch blocks, as a
    /// <see cref="Rollback"/> of its own for each new link would allocate also where nothing fails.
    /// </summary>
    internal void RollBackCreation(string name, Exception failure)
        => Rollback.After(failure, $"remove '{name}'", () => Remove(name));

    /// <summary>Removes whatever link has a name.</summary>
    /// <exception cref="NetworkException">LinkNotFound, PermissionDenied …</exception>
    internal void Remove(string name)
    {
        using var request = new NetlinkRequest(Rtm.DelLink).Header(default(IfInfoMsg)).PutString(Ifla.IfName, name);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"remove '{name}'", name);
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
            var isNamed = refusal.KernelMessage is null && home.Links.Find(spec.Name, CancellationToken.None) is not null;
            return new NetworkException(
                NetworkErrorCode.LinkExists,
                refusal.KernelMessage is { } words
                    ? $"Cannot create '{spec.Name}': {words}."
                    : $"There is an interface '{spec.Name}' in namespace '{home.Namespace}' already"
                        + (isNamed ? "." : ", or something of its kind that must be unique."),
                spec.Name,
                refusal)
            {
                Advice = !isNamed ? [] :
                [
                    Advice.Choose(nameof(spec.Name)),
                    Advice.To(AdviceKind.Remove, AdviceThing.Link, home.Namespace.Text, spec.Name),
                ],
            };
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
