using Metron.Packets;

namespace Metron.NetworkFunctions.Router;

/// <summary>The routes of a router in both versions, with the next hops they lead to. Immutable, shared by all workers.</summary>
internal sealed class RoutingTable
{
    /// <summary>
    /// IPv4 ranges from which on 32 MiB for one memory access per look-up are worth it: below, all ranges fit in a core's own cache.
    /// </summary>
    private const int DirectFrom = 8192;

    private readonly DirectTable? _direct4;
    private readonly PrefixTable<uint>? _v4;
    private readonly Ipv6Table _v6;
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
        var ranges4 = new PrefixRanges<uint>([.. v4]);
        _direct4 = ranges4.Count >= DirectFrom ? DirectTable.TryBuild(ranges4) : null;
        _v4 = _direct4 is null ? new PrefixTable<uint>(ranges4) : null;
        _v6 = new Ipv6Table(new PrefixRanges<UInt128>([.. v6]));
    }

    /// <summary>Number of routes.</summary>
    public int RouteCount { get; }

    /// <summary>Whether IPv4 routes are in a table that is read by the address itself.</summary>
    internal bool IsDirect => _direct4 is not null;

    /// <summary>Asks the CPU for what <see cref="Find"/> will look at.</summary>
    public void Prefetch(IpAddress destination)
    {
        if (!destination.IsV6)
        {
            _direct4?.Prefetch((uint)destination.Value);
        }
    }

    /// <summary>Finds the longest route to an address.</summary>
    /// <param name="destination">The address.</param>
    /// <param name="nextHop">Where it leads.</param>
    /// <returns>Index in <see cref="RouterConfiguration.NextHops"/>; -1 when there is no route.</returns>
    public int Find(IpAddress destination, out NextHop nextHop)
    {
        var index = destination.IsV6 ? _v6.Find(destination.Value)
            : _direct4 is not null ? _direct4.Find((uint)destination.Value)
            : _v4!.Find((uint)destination.Value);
        nextHop = index < 0 ? default : _nextHops[index];
        return index;
    }
}
