namespace Metron.Offload;

/// <summary>Where packets at a site came in, and which sites packets can be sent to from another table of the switch.</summary>
internal static class Origins
{
    /// <summary>For each site behind the entrance, the matches of the entrance rules that lead there, at once or in the end.</summary>
    public static Dictionary<Site, List<MatchCube>> Of(CanonicalProgram program)
    {
        Dictionary<Site, List<MatchCube>> origins = [];
        foreach (var entrance in program.RulesAt(new Site(0, 0)))
        {
            HashSet<Site> met = [];
            var open = new Stack<Site>(entrance.Next is { } first ? [first] : []);
            while (open.TryPop(out var site))
            {
                if (met.Add(site))
                {
                    foreach (var rule in program.RulesAt(site).Where(rule => rule.Next is not null))
                    {
                        open.Push(rule.Next!.Value);
                    }
                }
            }

            foreach (var site in met)
            {
                if (!origins.TryGetValue(site, out var cubes))
                {
                    origins[site] = cubes = [];
                }

                cubes.Add(entrance.Cube);
            }
        }

        return origins;
    }

    /// <summary>
    /// The sites that other tables of the switch send packets to: those that can be told apart there. By metadata that is one for each position;
    /// without, one for all packets that came in by the same rule. Rules of the others become part of those that lead to them.
    /// </summary>
    public static HashSet<Site> Entries(CanonicalProgram program, DriverLayout layout, Dictionary<Site, List<MatchCube>> origins)
    {
        var targets = program.Sites
            .SelectMany(site => program.RulesAt(site).Where(rule => rule.Next is not null).Select(rule => (From: site, To: rule.Next!.Value)))
            .Where(step => layout.IndexOf(step.From.Table) != layout.IndexOf(step.To.Table) && origins.ContainsKey(step.To))
            .Select(step => step.To)
            .Distinct()
            .OrderBy(site => site.Table)
            .ThenBy(site => site.Position);
        HashSet<Site> entries = [];
        foreach (var target in targets)
        {
            var beside = entries.Where(other => layout.IndexOf(other.Table) == layout.IndexOf(target.Table));
            var isClear = layout.UsesMetadata
                ? beside.All(other => other.Position != target.Position)
                : beside.All(other => !origins[other].Exists(cube => origins[target].Exists(cube.Overlaps)));
            if (isClear)
            {
                entries.Add(target);
            }
        }

        return entries;
    }
}
