using Metron.Packets;

namespace Metron.NetworkFunctions.Router;

/// <summary>The routes of a router in both versions, with the next hops they lead to. Immutable, shared by all workers.</summary>
internal sealed class RoutingTable
{
    private readonly PrefixTable<uint> _v4;
    private readonly PrefixTable<UInt128> _v6;
    private readonly NextHop[] _nextHops;

    public RoutingTable(RouterConfiguration configuration)
    {
        _nextHops = [.. configuration.NextHops];
        var index = new Dictionary<NextHop, int>(_nextHops.Length);
        for (var hop = 0; hop < _nextHops.Length; hop++)
        {
            index.Add(_nextHops[hop], hop);
        }

        var v4 = new List<(uint First, uint Last, int NextHop)>();
        var v6 = new List<(UInt128 First, UInt128 Last, int NextHop)>();
        foreach (var (prefix, nextHop) in configuration.Routes)
        {
            if (prefix.Address.IsV6)
            {
                v6.Add((prefix.First, prefix.Last, index[nextHop]));
            }
            else
            {
                v4.Add(((uint)prefix.First, (uint)prefix.Last, index[nextHop]));
            }
        }

        RouteCount = configuration.Routes.Count;
        _v4 = new PrefixTable<uint>([.. v4]);
        _v6 = new PrefixTable<UInt128>([.. v6]);
    }

    /// <summary>Number of routes.</summary>
    public int RouteCount { get; }

    /// <summary>Finds the longest route to an address.</summary>
    /// <param name="destination">The address.</param>
    /// <param name="nextHop">Where it leads.</param>
    /// <returns>Index in <see cref="RouterConfiguration.NextHops"/>; -1 when there is no route.</returns>
    public int Find(IpAddress destination, out NextHop nextHop)
    {
        var index = destination.IsV6 ? _v6.Find(destination.Value) : _v4.Find((uint)destination.Value);
        nextHop = index < 0 ? default : _nextHops[index];
        return index;
    }
}
