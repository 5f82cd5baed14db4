using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>What became of the attempt to keep a lease.</summary>
internal enum DhcpOutcome
{
    /// <summary>A server gave more time.</summary>
    Extended,

    /// <summary>A server said that the address must not be used any more.</summary>
    Refused,

    /// <summary>Nobody answered in time.</summary>
    Unanswered,

    /// <summary>The lease has ended.</summary>
    Expired,
}

/// <summary>
/// A DHCPv4 client (RFC 2131, 4.4) on one link. It only speaks: setting addresses and routes is the caller's part.
/// </summary>
/// <param name="identity">Who it is.</param>
/// <param name="transport">How it speaks.</param>
/// <param name="clock">What time it is.</param>
internal sealed class DhcpClient(DhcpIdentity identity, IDhcpTransport transport, TimeProvider clock)
{
    private const int MostRequests = 2, MaxMessageBytes = 1472;
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromSeconds(4), s_longestDelay = TimeSpan.FromSeconds(64);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shortestRetry = TimeSpan.FromSeconds(60);
    private static readonly byte[] s_wanted =
    [
        // The routes come before the routers, as RFC 3442 asks for.
        DhcpOption.SubnetMask, DhcpOption.ClasslessRoutes, DhcpOption.Router, DhcpOption.DnsServer,
        DhcpOption.DomainName, DhcpOption.DomainSearch, DhcpOption.Mtu, DhcpOption.Broadcast, DhcpOption.LeaseTime,
        DhcpOption.RenewalTime, DhcpOption.RebindingTime,
    ];

    private uint _transaction;
    private long _began;

    /// <summary>Why the last server that answered gave no address; null if none answered.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Gets a lease, from the first server that keeps its word.</summary>
    /// <param name="isInUse">Asks the network whether somebody has an address already.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was granted; null if there was nothing to be had in time.</returns>
    public DhcpGrant? Acquire(Func<IPAddress, bool> isInUse, TimeSpan timeout, CancellationToken cancellation)
    {
        var deadline = In(timeout);
        var pause = s_firstPause;
        // For one round: the address that a server offered in vain, or null after a second one, so that another server
        // has its turn.
        var failed = new Dictionary<IPAddress, IPAddress?>();
        while (Left(deadline) > TimeSpan.Zero)
        {
            Begin();
            if (Discover(failed, deadline, cancellation) is not { } offer)
            {
                failed.Clear();
                continue;
            }

            if (Request(offer, deadline, cancellation) is { } grant)
            {
                if (!isInUse(grant.Address.Address))
                    return grant;
                Refusal = $"{grant.Server} offered {grant.Address.Address}, which another station on the network has.";
                Decline(grant);
            }

            failed[offer.Server] = failed.ContainsKey(offer.Server) ? null : offer.Address.Address;
            // A server may give the same answer again and again.
            Pass(pause < Left(deadline) ? pause : Left(deadline), cancellation);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }

        return null;
    }

    /// <summary>Asks for more time.</summary>
    /// <param name="grant">The lease, whose address the link has.</param>
    /// <param name="anyServer">Asks every server (rebinding) and not only the one that granted it (renewing).</param>
    /// <param name="timeout">How long an answer may take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it, and the lease as it is then.</returns>
    public (DhcpOutcome Outcome, DhcpGrant Grant) Extend(
        DhcpGrant grant, bool anyServer, TimeSpan timeout, CancellationToken cancellation)
    {
        Begin();
        var asked = clock.GetUtcNow();
        var request = Message(DhcpMessageType.Request, grant.Address.Address);
        if (anyServer)
            transport.Broadcast(request, grant.Address.Address);
        else
            transport.Unicast(request, grant.Address.Address, grant.Server, null);
        var deadline = In(timeout);
        while (NextReply(deadline, cancellation) is { } reply)
        {
            if (!anyServer && DhcpGrant.ReadAddress(reply.Message, DhcpOption.Server)?.Equals(grant.Server) != true)
                continue;
            if (reply.Message.Type == DhcpMessageType.Nak)
            {
                NoteRefusal(reply.Message);
                return (DhcpOutcome.Refused, grant);
            }

            if (reply.Message.Type == DhcpMessageType.Ack
                && DhcpGrant.TryRead(reply.Message, reply.Station, asked) is { } longer
                && longer.Address.Address.Equals(grant.Address.Address))
                return (DhcpOutcome.Extended, longer);
        }

        return (DhcpOutcome.Unanswered, grant);
    }

    /// <summary>Keeps a lease until it is lost: renews it, then rebinds it, as its times say.</summary>
    /// <param name="grant">The lease, whose address the link has.</param>
    /// <param name="onExtended">Takes the lease each time that it got more time.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How it was lost: <see cref="DhcpOutcome.Refused"/> or <see cref="DhcpOutcome.Expired"/>.</returns>
    public DhcpOutcome Keep(DhcpGrant grant, Action<DhcpGrant> onExtended, CancellationToken cancellation)
    {
        while (true)
        {
            var age = clock.GetUtcNow() - grant.Granted;
            if (age >= grant.LeaseTime)
                return DhcpOutcome.Expired;
            if (age < grant.RenewalTime)
            {
                Pass(grant.RenewalTime - age, cancellation);
                continue;
            }

            // Half of what is left until the next step, and not more often than once a minute (RFC 2131, 4.4.5).
            var isRebinding = age >= grant.RebindingTime;
            var left = (isRebinding ? grant.LeaseTime : grant.RebindingTime) - age;
            var interval = left / 2 > s_shortestRetry ? left / 2 : s_shortestRetry;
            (var outcome, grant) = Extend(grant, isRebinding, interval < left ? interval : left, cancellation);
            if (outcome == DhcpOutcome.Refused)
                return outcome;
            if (outcome == DhcpOutcome.Extended)
                onExtended(grant);
        }
    }

    /// <summary>Gives a lease back. Nobody answers.</summary>
    /// <param name="grant">The lease; the link need not have the address any more.</param>
    public void Release(DhcpGrant grant)
    {
        Begin();
        var message = Message(DhcpMessageType.Release, grant.Address.Address);
        message[DhcpOption.Server] = grant.Server.GetAddressBytes();
        transport.Unicast(message, grant.Address.Address, grant.Server, grant.Station);
    }

    private DhcpGrant? Discover(
        Dictionary<IPAddress, IPAddress?> failed, long deadline, CancellationToken cancellation)
        => Exchange<DhcpGrant>(
            () => Message(DhcpMessageType.Discover),
            failed.Count == 0 ? int.MaxValue : 1,
            (reply, asked) => reply.Message.Type == DhcpMessageType.Offer
                && DhcpGrant.TryRead(reply.Message, reply.Station, asked) is { } offer
                && !(failed.TryGetValue(offer.Server, out var address)
                    && (address is null || address.Equals(offer.Address.Address)))
                    ? offer : null,
            deadline,
            cancellation);

    // Null where the server took its offer back or says nothing more.
    private DhcpGrant? Request(DhcpGrant offer, long deadline, CancellationToken cancellation)
    {
        var isRefused = false;
        var grant = Exchange<DhcpGrant>(
            () =>
            {
                var message = Message(DhcpMessageType.Request);
                message[DhcpOption.RequestedAddress] = offer.Address.Address.GetAddressBytes();
                message[DhcpOption.Server] = offer.Server.GetAddressBytes();
                return message;
            },
            MostRequests,
            (reply, asked) =>
            {
                if (DhcpGrant.ReadAddress(reply.Message, DhcpOption.Server)?.Equals(offer.Server) != true)
                    return null;
                isRefused = reply.Message.Type == DhcpMessageType.Nak;
                if (isRefused)
                {
                    NoteRefusal(reply.Message);
                    return offer;
                }

                return reply.Message.Type == DhcpMessageType.Ack
                    && DhcpGrant.TryRead(reply.Message, reply.Station, asked) is { } given
                    && given.Address.Address.Equals(offer.Address.Address) ? given : null;
            },
            deadline,
            cancellation);
        if (grant is null)
            Refusal = $"{offer.Server} offered {offer.Address.Address} and did not confirm it.";
        return isRefused ? null : grant;
    }

    private void Decline(DhcpGrant grant)
    {
        Begin();
        var message = Message(DhcpMessageType.Decline);
        message[DhcpOption.RequestedAddress] = grant.Address.Address.GetAddressBytes();
        message[DhcpOption.Server] = grant.Server.GetAddressBytes();
        transport.Broadcast(message, IPAddress.Any);
    }

    /// <summary>Sends a message again and again, at growing distances (RFC 2131, 4.1), until an answer is
    /// taken.</summary>
    private T? Exchange<T>(
        Func<DhcpMessage> write,
        int mostSends,
        Func<DhcpReply, DateTimeOffset, T?> take,
        long deadline,
        CancellationToken cancellation)
        where T : class
    {
        var delay = s_firstDelay;
        for (var sends = 0; sends < mostSends && Left(deadline) > TimeSpan.Zero; sends++)
        {
            var asked = clock.GetUtcNow();
            transport.Broadcast(write(), IPAddress.Any);
            var shift = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(-1000, 1001));
            var turn = Math.Min(In(delay + shift), deadline);
            while (NextReply(turn, cancellation) is { } reply)
            {
                if (take(reply, asked) is { } taken)
                    return taken;
            }

            delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
        }

        return null;
    }

    // Null when the time is up, also where somebody floods the network.
    private DhcpReply? NextReply(long until, CancellationToken cancellation)
    {
        while (Left(until) is var left && left > TimeSpan.Zero)
        {
            cancellation.ThrowIfCancellationRequested();
            if (transport.Receive(left, cancellation) is { } reply && IsOurs(reply.Message))
                return reply;
        }

        cancellation.ThrowIfCancellationRequested();
        return null;
    }

    private void Pass(TimeSpan time, CancellationToken cancellation)
    {
        for (var until = In(time); Left(until) is var left && left > TimeSpan.Zero;)
        {
            cancellation.ThrowIfCancellationRequested();
            transport.Receive(left, cancellation);
        }
    }

    // Who sends our client id back means us by it (RFC 6842).
    private bool IsOurs(DhcpMessage message) => message.IsReply && message.TransactionId == _transaction
        && message.HardwareAddress.Equals(identity.MacAddress)
        && (message[DhcpOption.ClientId] is not { } id || id.AsSpan().SequenceEqual(identity.ClientId));

    // Nobody off the link can guess the number.
    private void Begin()
    {
        _transaction = BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(4));
        _began = clock.GetTimestamp();
    }

    private DhcpMessage Message(DhcpMessageType type, IPAddress? own = null)
    {
        var message = new DhcpMessage
        {
            TransactionId = _transaction,
            Seconds = (ushort)Math.Min(clock.GetElapsedTime(_began).TotalSeconds, ushort.MaxValue),
            HardwareAddress = identity.MacAddress,
            ClientAddress = own ?? IPAddress.Any,
            [DhcpOption.MessageType] = [(byte)type],
            [DhcpOption.ClientId] = identity.ClientId,
        };
        if (type is DhcpMessageType.Discover or DhcpMessageType.Request)
        {
            message[DhcpOption.ParameterList] = s_wanted;
            message[DhcpOption.MaxMessageSize] = [MaxMessageBytes >> 8, MaxMessageBytes & 0xff];
            if (identity.HostName is { } name)
                message[DhcpOption.HostName] = Encoding.ASCII.GetBytes(name);
        }

        return message;
    }

    private void NoteRefusal(DhcpMessage nak)
    {
        var words = DhcpGrant.ReadText(nak[DhcpOption.Text]) is { } text ? $": {text}" : string.Empty;
        Refusal = $"{DhcpGrant.ReadAddress(nak, DhcpOption.Server)?.ToString() ?? "A server"} refused{words}.";
    }

    private long In(TimeSpan time)
        => clock.GetTimestamp() + (long)(Math.Min(time.TotalSeconds, int.MaxValue) * clock.TimestampFrequency);

    private TimeSpan Left(long until) => clock.GetElapsedTime(clock.GetTimestamp(), until);
}
