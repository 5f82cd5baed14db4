using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Changes addresses of one namespace, and brings back those that went with another one.</summary>
internal sealed class AddressChanges(NetworkStack stack)
{
    /// <summary>Refuses what the kernel has by itself or by programs' sockets.</summary>
    /// <exception cref="NetworkException">NotSupported.</exception>
    public static void CheckOwn(NetIPAddress address)
    {
        if (address.Type != AddressType.Unicast)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"{address.IPAddress} on '{address.InterfaceAlias}' is {(address.Type == AddressType.Anycast
                    ? "an anycast address, which the kernel" : "a multicast group, which the kernel or a program")} "
                    + "has joined, and which cannot be changed or removed.",
                address.IPAddress.ToString());
        }
    }

    /// <summary>True unless it is over so soon that it cannot be made.</summary>
    public static bool IsWorthKeeping(NetIPAddress address) => address.ValidLifetime >= TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="AddressOperations.Change"/>
    public NetIPAddress Change(NetIPAddress address, AddressChange change, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(change);
        CheckOwn(address);
        change.Validate(address);
        cancellation.ThrowIfCancellationRequested();

        // The kernel would add the address if it were gone.
        if (!Beside(address, cancellation).Any(address.IsSame))
            throw stack.Addresses.NotFound(address.ToString(), address.InterfaceAlias);
        return Rollback.Run(undo =>
        {
            var changed = address;
            if (change with { PrefixLength = null } != new AddressChange())
            {
                Send(address, change);
                undo.Add($"set {address} on '{address.InterfaceAlias}' back", () => SetBack(address, change));
                changed = Read(address, address.Prefix, change.PeerAddress ?? address.PeerAddress);
                if (change.Unanswered(changed) is { Count: > 0 } names)
                {
                    throw new NetworkException(
                        NetworkErrorCode.NotSupported,
                        $"This kernel passes over {string.Join(" and ", names)} of an address that is there.",
                        address.ToString());
                }
            }

            if (change.PrefixLength is not { } length || length == address.PrefixLength)
                return changed;
            var target = new IPPrefix(address.IPAddress, length);
            Relength(changed, target);
            return Read(address, target, null);
        });
    }

    /// <summary>The step that makes an address again that went with another one.</summary>
    public RollbackStep Restoring(NetIPAddress lost)
        => new($"restore {lost} on '{lost.InterfaceAlias}'", () => Restore(lost));

    private NetIPAddress Read(NetIPAddress address, IPPrefix prefix, IPAddress? peer)
        => Beside(address, CancellationToken.None)
            .FirstOrDefault(other => other.Prefix.Equals(prefix) && Equals(other.PeerAddress, peer))
            ?? throw stack.Addresses.NotFound(prefix.ToString(), address.InterfaceAlias);

    private void Send(NetIPAddress address, AddressChange change)
    {
        using var request = AddressMessages.Change(address, change);
        Execute(request, address, "change");
    }

    private void SetBack(NetIPAddress address, AddressChange change)
    {
        if (change.PeerAddress is null || address.PeerAddress is not null)
        {
            Send(address, new AddressChange());
            return;
        }

        // The kernel takes another end of a link, but none away.
        using var removal = AddressMessages.Remove(address.InterfaceIndex, address.Prefix, change.PeerAddress);
        Execute(removal, address, "change");
        Restore(address);
    }

    // IPv4 takes the new one beside the old one; IPv6 has an address only once, so that the old one must go first.
    private void Relength(NetIPAddress address, IPPrefix target)
    {
        var ipv4 = address.AddressFamily == IPFamily.IPv4;
        var before = Beside(address, CancellationToken.None);
        using var add = AddressMessages.Again(address, target);
        using var remove = AddressMessages.Remove(address.InterfaceIndex, address.Prefix, null);
        Rollback.Run(undo =>
        {
            Execute(ipv4 ? add : remove, address, "change");
            if (ipv4)
            {
                undo.Add($"remove {target} from '{address.InterfaceAlias}'", () =>
                {
                    using var removal = AddressMessages.Remove(address.InterfaceIndex, target, null);
                    stack.Route.Execute(removal);
                });
            }
            else
            {
                undo.Add($"restore {address} on '{address.InterfaceAlias}'", () => Restore(address));
            }

            Execute(ipv4 ? remove : add, address, "change");
        });

        // With the first address of an IPv4 network its further ones go too, unless promote_secondaries is set.
        if (!ipv4 || (address.Flags & AddressFlags.Secondary) != 0)
            return;
        var left = Beside(address, CancellationToken.None);
        Rollback.Each(before
            .Where(other => (other.Flags & AddressFlags.Secondary) != 0 && IsWorthKeeping(other)
                && !left.Any(other.IsSame))
            .Select(Restoring));
    }

    private void Restore(NetIPAddress lost)
    {
        using var again = AddressMessages.Again(lost, lost.Prefix);
        Execute(again, lost, "restore");
    }

    private void Execute(NetlinkRequest request, NetIPAddress address, string verb)
    {
        try
        {
            stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"{verb} {address} on '{address.InterfaceAlias}'",
                address.ToString(),
                NetworkErrorCode.AddressNotFound,
                NetworkErrorCode.AddressExists);
        }
    }

    /// <summary>All addresses of an address's family on its interface.</summary>
    private IReadOnlyList<NetIPAddress> Beside(NetIPAddress address, CancellationToken cancellation)
        => stack.Addresses.List(
            new AddressFilter { InterfaceIndexes = [address.InterfaceIndex], Family = address.AddressFamily },
            cancellation);
}
