using Metron.Import.Syntax;

namespace Metron.Import.Filters;

/// <summary>
/// Turns chains that jump, go to and return into one list of which the first matching rule decides. It walks the chains with the set of
/// packets that can be at each place. A packet that a rule has decided need not be taken out of that set, as its rule stands first in
/// the list; one that returns is taken out for the rest of the chain, exactly.
/// </summary>
internal sealed class ChainFlattener
{
    /// <summary>Most rules of a firewall (the API's limit).</summary>
    public const int MostRules = 100_000;

    private const int MostBoxes = 2048;
    private const int MostJumps = 64;
    private const int MostVisits = 1_000_000;
    private readonly IReadOnlyDictionary<string, FilterChain> _chains;
    private readonly ConnectionStates _state;
    private readonly ImportLog _log;
    private readonly List<FlatRule> _flat = [];
    private readonly Stack<string> _path = new();
    private int _visits;
    private bool _gaveUp;

    private ChainFlattener(IReadOnlyDictionary<string, FilterChain> chains, ConnectionStates state, ImportLog log) =>
        (_chains, _state, _log) = (chains, state, log);

    /// <summary>Walks one chain after the other: what all of them accept is accepted, and the first that drops decides.</summary>
    /// <param name="chains">All chains by name.</param>
    /// <param name="bases">The chains that packets of one kind come to, in order.</param>
    /// <param name="state">The state that packets are in.</param>
    /// <param name="log">Takes what cannot be done.</param>
    public static List<FlatRule> Flatten(
        IReadOnlyDictionary<string, FilterChain> chains, IReadOnlyList<BaseChain> bases, ConnectionStates state, ImportLog log)
    {
        var flattener = new ChainFlattener(chains, state, log);
        for (var i = 0; i < bases.Count && !flattener._gaveUp; i++)
        {
            flattener.WalkBase(bases[i], isLast: i == bases.Count - 1);
        }

        return flattener._flat;
    }

    private void WalkBase(BaseChain start, bool isLast)
    {
        if (!_chains.TryGetValue(start.Chain, out var chain))
        {
            return;
        }

        Run(chain, [start.Packets], acceptEnds: isLast);
        if (isLast || !start.Accept)
        {
            _flat.Add(new FlatRule(start.Packets, start.Accept, string.Empty, chain.At) { IsPolicy = true });
        }
    }

    /// <param name="chain">The chain.</param>
    /// <param name="active">The packets that enter it.</param>
    /// <param name="acceptEnds">Whether an accepted packet is through, and not just through with this base chain.</param>
    private void Run(FilterChain chain, List<PacketBox> active, bool acceptEnds)
    {
        _path.Push(chain.Name);
        foreach (var rule in chain.Rules)
        {
            if (_gaveUp || active.Count == 0)
            {
                break;
            }

            if ((rule.States & _state) != ConnectionStates.None)
            {
                active = Step(rule, active, acceptEnds);
            }
        }

        _path.Pop();
    }

    private List<PacketBox> Step(FilterRule rule, List<PacketBox> active, bool acceptEnds)
    {
        if (++_visits > MostVisits)
        {
            return GiveUp(rule.At, $"the chains take more than {MostVisits:N0} steps when every jump is followed; make fewer chains jump to the same ones");
        }

        var hit = PacketBoxes.Intersect(active, rule.Packets, MostRules);
        switch (rule.Action)
        {
            case FilterAction.Accept when !acceptEnds:
                return GiveUp(rule.At, "several chains of this hook decide one after the other, and this rule accepts before the last of them; import one chain at a time, or merge them");
            case FilterAction.Accept or FilterAction.Drop:
                Emit(rule, hit);
                return active.All(box => hit.Contains(box)) ? [] : active;
            case FilterAction.Return:
                return Without(rule, active);
            default:
                Enter(rule, hit, acceptEnds);
                return rule.Action == FilterAction.Goto ? Without(rule, active) : active;
        }
    }

    private void Enter(FilterRule rule, List<PacketBox> hit, bool acceptEnds)
    {
        if (!_chains.TryGetValue(rule.Target, out var chain))
        {
            _log.Problem(rule.At, $"jumps to chain {Quote.Of(rule.Target)}, which is nowhere declared");
        }
        else if (_path.Contains(rule.Target))
        {
            GiveUp(rule.At, $"jumps to chain {Quote.Of(rule.Target)}, which leads here; chains must not form a loop");
        }
        else if (_path.Count >= MostJumps)
        {
            GiveUp(rule.At, $"is more than {MostJumps} jumps deep; make the chains shallower");
        }
        else if (hit.Count > 0)
        {
            Run(chain, hit, acceptEnds);
        }
    }

    private void Emit(FilterRule rule, List<PacketBox> hit)
    {
        foreach (var box in hit)
        {
            _flat.Add(new FlatRule(box, rule.Action == FilterAction.Accept, rule.Label, rule.At));
        }

        if (_flat.Count > MostRules)
        {
            GiveUp(rule.At, $"up to here the chains come to more than {MostRules:N0} rules, the most that a firewall has; simplify them");
        }
    }

    private List<PacketBox> Without(FilterRule rule, List<PacketBox> active)
    {
        var left = PacketBoxes.Subtract(active, rule.Packets, MostBoxes);
        return left.Count <= MostBoxes
            ? left
            : GiveUp(rule.At, $"what does not return here falls into more than {MostBoxes:N0} pieces; return by fewer conditions");
    }

    private List<PacketBox> GiveUp(Place at, string message)
    {
        _log.Problem(at, message);
        _gaveUp = true;
        return [];
    }
}
