using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>Walks from the first table over all places where packets of a port can come, and makes a classifier of each.</summary>
internal sealed class SiteWalk(ILookup<byte, SymbolicRule> tables, uint inPort, HeaderSpace universe)
{
    private readonly Dictionary<SwitchSite, int> _numbers = [];
    private readonly List<Classifier?> _classifiers = [];
    private readonly List<SwitchFate> _fates = [];
    private readonly Dictionary<SwitchFate, int> _fateNumbers = [];

    public SymbolicPipeline Run()
    {
        Visit(new SwitchSite(0, 0, PacketChange.None));
        return new SymbolicPipeline(new ClassifierPipeline([.. _classifiers.Select(classifier => classifier!)]), _fates);
    }

    /// <summary>The number of a place, whose rules lead to later tables only, so that this ends.</summary>
    private int Visit(SwitchSite site)
    {
        if (_numbers.TryGetValue(site, out var known))
        {
            return known;
        }

        var number = _numbers[site] = _classifiers.Count;
        _classifiers.Add(null);
        List<ClassifierRule> rules = [];
        var origin = 0;
        foreach (var rule in tables[site.Table].Where(rule => rule.Metadata.Contains(site.Metadata)).OrderByDescending(rule => rule.Rule.Flow.Priority))
        {
            List<HeaderCube> cubes = [.. rule.Packets.Select(cube => site.AsTheyCame(cube, inPort)).OfType<HeaderCube>()];
            if (site.Table == 0)
            {
                cubes.RemoveAll(cube => !universe.Cubes.Any(cube.Overlaps));
            }

            if (cubes.Count > 0)
            {
                var result = Result(site, rule.Effect);
                rules.AddRange(cubes.Select(cube => new ClassifierRule(cube, ushort.MaxValue - rule.Rule.Flow.Priority, result, origin)));
                origin++;
            }
        }

        _classifiers[number] = Classifier.Of(rules, Fate(new SwitchFate([], IsMissed: site.Table == 0)));
        return number;
    }

    private int Result(SwitchSite site, RuleEffect effect)
    {
        var (change, outputs) = effect.Apply(site.Change, inPort);
        return effect.NextTable is { } next && outputs.Count == 0
            ? Classifier.Continue(Visit(site.Next(effect, next, change)))
            : Fate(new SwitchFate(outputs));
    }

    private int Fate(SwitchFate fate)
    {
        if (!_fateNumbers.TryGetValue(fate, out var number))
        {
            number = _fateNumbers[fate] = _fates.Count;
            _fates.Add(fate);
        }

        return number;
    }
}
