using System.Collections.Concurrent;
using LxcNetworking.Addressing;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Keeps the leases that are on file: renews and rebinds them, and gets another one where one was lost (RFC 2131,
/// 4.4.5). Between two turns it holds no namespace open.
/// </summary>
/// <param name="pool">The stacks; their sockets are closed after each turn.</param>
/// <param name="clock">What time it is.</param>
/// <param name="log">Takes a line about what it did.</param>
internal sealed class LeaseKeeper(NetworkStackPool pool, TimeProvider clock, Action<string> log)
{
    private const int MostAtOnce = 8;
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(4), s_offer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shortestRetry = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(10), s_longestPause = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<(string Namespace, int Index), Attempt> _attempts = new();

    /// <summary>Does what is due.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>When something is due again, which may be never; null where there are no leases.</returns>
    public DateTimeOffset? Run(CancellationToken cancellation)
    {
        try
        {
            var due = LeaseRecords.All().Where(record => DueAt(record) <= clock.GetUtcNow()).ToList();
            var options = new ParallelOptions
            {
                MaxDegreeOfParallelism = MostAtOnce,
                CancellationToken = cancellation,
            };
            // One alone needs no other thread.
            if (due is [var single])
                TryKeep(single, cancellation);
            else
                Parallel.ForEach(due, options, record => TryKeep(record, cancellation));
            var now = LeaseRecords.All();
            foreach (var key in _attempts.Keys.Except(now.Select(KeyOf)))
                _attempts.TryRemove(key, out _);
            return now.Count == 0 ? null : now.Min(DueAt);
        }
        finally
        {
            pool.Dispose();
        }
    }

    private static (string Namespace, int Index) KeyOf(LeaseRecord record)
        => (record.NamespaceId, record.InterfaceIndex);

    private DateTimeOffset DueAt(LeaseRecord record)
    {
        if (record.LeaseSeconds is null)
            return DateTimeOffset.MaxValue;
        // Another command may have asked for more time meanwhile.
        return _attempts.TryGetValue(KeyOf(record), out var attempt) && attempt.Granted == record.Granted
            ? attempt.Next : record.Granted + record.Grant.RenewalTime;
    }

    private void TryKeep(LeaseRecord record, CancellationToken cancellation)
    {
        try
        {
            Keep(record, cancellation);
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            log($"{Describe(record)}: {e.Message}");
            Postpone(record);
        }
    }

    private void Keep(LeaseRecord record, CancellationToken cancellation)
    {
        var stack = pool.Get(NamespaceReference.Read(record.Path, record.NamespaceId), cancellation);
        var link = stack.Links.Find(record.InterfaceIndex, cancellation);
        var address = link is null ? null : stack.Addresses.ListOn(link, cancellation)
            .FirstOrDefault(own => own.Prefix.Equals(record.Grant.Address));
        var age = clock.GetUtcNow() - record.Granted;
        var isOver = age >= record.Grant.LeaseTime;
        if (link is null || (address is null && !isOver))
        {
            // Somebody has taken the address away: nobody needs the lease.
            log($"{Describe(record)}: the address is gone, the lease is given back");
            if (link is null)
                LeaseRecords.Remove(record);
            else
                stack.Dhcp.Release(link);
            return;
        }

        if (!link.IsUp)
        {
            Postpone(record);
            return;
        }

        var leases = new LinkLeases(stack);
        if (!isOver)
        {
            var isRebinding = age >= record.Grant.RebindingTime;
            switch (leases.Extend(link, record, isRebinding, s_answer, cancellation))
            {
                case DhcpOutcome.Extended:
                    log($"{Describe(record)}: extended");
                    return;
                case DhcpOutcome.Unanswered:
                    // Half of what is left until the next step, and not more often than once a minute.
                    var left = (isRebinding ? record.Grant.LeaseTime : record.Grant.RebindingTime) - age;
                    var pause = left / 2 > s_shortestRetry ? left / 2 : s_shortestRetry;
                    _attempts[KeyOf(record)] = new Attempt(
                        record.Granted, clock.GetUtcNow() + (pause < left ? pause : left), s_firstPause);
                    return;
            }

            log($"{Describe(record)}: the server takes the address back");
            if (stack.Addresses.Remove([address!], CancellationToken.None)
                    .FirstOrDefault(failure => failure is not null) is { } refusal
                && refusal.Code != NetworkErrorCode.AddressNotFound)
                throw refusal;
        }

        var lease = leases.Request(link, record.NoGateway, s_offer, cancellation);
        log($"{Describe(record)}: has {lease.IPAddress} now");
    }

    private void Postpone(LeaseRecord record)
    {
        var pause = _attempts.TryGetValue(KeyOf(record), out var before) && before.Granted == record.Granted
            ? before.Pause : s_firstPause;
        _attempts[KeyOf(record)] = new Attempt(
            record.Granted,
            clock.GetUtcNow() + pause,
            pause * 2 < s_longestPause ? pause * 2 : s_longestPause);
    }

    private static string Describe(LeaseRecord record)
        => $"'{record.InterfaceAlias}' in namespace '{record.Namespace}' ({record.Address} of {record.Server})";

    private sealed record Attempt(DateTimeOffset Granted, DateTimeOffset Next, TimeSpan Pause);
}
