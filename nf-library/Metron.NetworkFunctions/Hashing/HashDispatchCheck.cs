using Metron.NetworkFunctions.Napt;
using Metron.Packets.Hashing;

namespace Metron.NetworkFunctions.Hashing;

/// <summary>Whether a chain's functions still do what they say when the NIC's hash, instead of tags, names flow groups.</summary>
public static class HashDispatchCheck
{
    private const HashTypes Ports4 = HashTypes.Ipv4Tcp | HashTypes.Ipv4Udp;
    private const HashTypes Ports6 = HashTypes.Ipv6Tcp | HashTypes.Ipv6Udp;

    /// <summary>Finds what stands in the way.</summary>
    /// <param name="functions">The functions of a residual program.</param>
    /// <param name="types">What the NIC hashes.</param>
    /// <returns>A sentence each; none when nothing does.</returns>
    public static IReadOnlyList<string> Problems(IReadOnlyList<NetworkFunctionConfiguration> functions, HashTypes types)
    {
        var problems = functions.Where(function => function.UnderHashDispatch.Obstacle is not null)
            .Select(function => $"function '{function.Name}' {function.UnderHashDispatch.Obstacle}")
            .ToList();
        problems.AddRange(
            from parting in functions
            where parting.UnderHashDispatch is { PartsDirections: true, Obstacle: null }
            from together in functions
            where together != parting && together.UnderHashDispatch is { NeedsBothDirections: true, Obstacle: null }
            select $"function '{parting.Name}' rewrites addresses, so that the directions of a flow hash to different flow groups; "
                + $"function '{together.Name}' needs both in one");
        problems.AddRange(functions.OfType<NaptConfiguration>().SelectMany(napt => Missing(napt, types)));
        return problems;
    }

    private static IEnumerable<string> Missing(NaptConfiguration napt, HashTypes types)
    {
        if (napt.Pool.Count > 0 && (types & Ports4) != Ports4)
        {
            yield return $"function '{napt.Name}' chooses outside ports by the hash, but the NIC does not hash the ports of TCP and UDP over IPv4";
        }

        if (napt.Pool6.Count > 0 && (types & Ports6) != Ports6)
        {
            yield return $"function '{napt.Name}' chooses outside ports by the hash, but the NIC does not hash the ports of TCP and UDP over IPv6";
        }
    }
}
