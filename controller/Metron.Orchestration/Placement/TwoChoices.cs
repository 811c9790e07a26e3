using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>Two servers by chance, and the better one of them. Chance is a hash of the chain's and the server's name, so that the same question has the same answer.</summary>
internal static class TwoChoices
{
    private const int Choices = 2;

    /// <summary>Compares two servers; more of them, two at a time, while none has the cores that are needed.</summary>
    /// <param name="servers">Names of the servers that could be chosen.</param>
    /// <param name="chain">Name of the chain.</param>
    /// <param name="measure">Asks a server how many cores it has left.</param>
    /// <param name="needed">Cores that are needed.</param>
    /// <returns>Those that were asked, the best first; empty when there are no servers.</returns>
    public static IReadOnlyList<PlacementCandidate> Compare(IEnumerable<string> servers, string chain, Func<string, PlacementCandidate> measure, int needed)
    {
        var seed = ContentHash.Empty.With(chain);
        var byChance = new PriorityQueue<string, (ulong, string)>(servers.Select(server => (server, (Chance(seed, server), server))));
        var asked = new List<PlacementCandidate>();
        while (byChance.Count > 0 && !asked.Exists(candidate => candidate.FreeCores >= needed))
        {
            for (var i = 0; i < Choices && byChance.TryDequeue(out var server, out _); i++)
            {
                asked.Add(measure(server));
            }
        }

        return [.. asked.OrderByDescending(candidate => candidate.FreeCores).ThenBy(candidate => candidate.Server, StringComparer.Ordinal)];
    }

    private static ulong Chance(ContentHash seed, string server) => seed.With(server).With(0UL).With(0UL).A;
}
