using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;

namespace Metron.Offline.Tests;

/// <summary>
/// When packets come. Any of them may have kept any state alive, so none comes in the moment after one of them in which state is over as
/// written, while a worker may still hold it: then state is clearly there or clearly gone, one millisecond before its end and
/// <see cref="Late"/> after it.
/// </summary>
internal sealed class TrafficClock
{
    /// <summary>Workers give up state at most this many milliseconds late: ticks of their timers, and turns between which they look.</summary>
    public const long Late = 700;

    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly HashSet<long> _arrivals = [];
    private readonly long[] _all;
    private readonly long[] _tcp;
    private readonly long[] _udp;
    private readonly long[] _icmp;
    private long _now;

    public TrafficClock(ChainSpec spec)
    {
        var timeouts = spec.Functions.Select(TimeoutsOf).OfType<ConnectionTimeouts>().DefaultIfEmpty(ConnectionTimeouts.Default).ToList();
        _tcp = Milliseconds(timeouts.SelectMany(times => new[] { times.TcpTransitory, times.TcpTransitory, times.TcpEstablished }));
        _udp = Milliseconds(timeouts.Select(times => times.Udp));
        _icmp = Milliseconds(timeouts.Select(times => times.Icmp));
        _all = [.. _tcp.Concat(_udp).Concat(_icmp).Distinct()];
    }

    public long Nanoseconds => _now * NanosecondsPerMillisecond;

    /// <summary>Idle times of the chain's functions in milliseconds, for packets of a protocol.</summary>
    public IReadOnlyList<long> IdleTimes(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => _tcp,
        IpProtocol.Icmp or IpProtocol.IcmpV6 => _icmp,
        _ => _udp,
    };

    /// <summary>The next packet comes so many milliseconds later, or as soon after that as it may.</summary>
    public void Pass(long milliseconds)
    {
        _now += milliseconds;
        while (IsUnclear(out var clear))
        {
            _now = clear;
        }

        _arrivals.Add(_now);
    }

    private bool IsUnclear(out long clear)
    {
        foreach (var arrival in _arrivals)
        {
            foreach (var idle in _all)
            {
                clear = arrival + idle + Late;
                if (_now >= arrival + idle && _now < clear)
                {
                    return true;
                }
            }
        }

        clear = 0;
        return false;
    }

    private static ConnectionTimeouts? TimeoutsOf(NetworkFunctionConfiguration function) => function switch
    {
        FirewallConfiguration { Stateful: true } firewall => firewall.Timeouts,
        NaptConfiguration napt => napt.Timeouts,
        LoadBalancerConfiguration balancer => new ConnectionTimeouts { TcpTransitory = balancer.Affinity, Udp = balancer.Affinity, Icmp = balancer.Affinity },
        _ => null,
    };

    private static long[] Milliseconds(IEnumerable<TimeSpan> times) => [.. times.Select(time => (long)time.TotalMilliseconds)];
}
