using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Keeps an address from being given out by two threads at once, both of which would ask while nobody has it
/// yet.</summary>
internal sealed class AddressReservation : IDisposable
{
    private static readonly HashSet<(ulong Cookie, int Index, IPAddress Address)> s_taken = [];
    private readonly List<(ulong Cookie, int Index, IPAddress Address)> _own;

    private AddressReservation(List<(ulong Cookie, int Index, IPAddress Address)> own) => _own = own;

    public static AddressReservation? Take(ulong cookie, NetLink link, IEnumerable<IPAddress> addresses)
    {
        var wanted = addresses.Select(address => (cookie, link.Index, address)).ToList();
        lock (s_taken)
        {
            if (wanted.Exists(s_taken.Contains))
                return null;
            s_taken.UnionWith(wanted);
            return new AddressReservation(wanted);
        }
    }

    public void Dispose()
    {
        lock (s_taken)
            s_taken.ExceptWith(_own);
    }
}
