using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Programs;

/// <summary>Finds the traffic class of a packet by what the functions decided for it, step by step. Immutable.</summary>
internal sealed class ClassTrie
{
    /// <summary>Position from which no class can be reached.</summary>
    public const int Nowhere = -1;

    private readonly Dictionary<Step, int> _steps = [];
    private readonly Dictionary<Step, int> _classes = [];
    private int _positions;

    public ClassTrie(IReadOnlyList<ResidualClass> classes)
    {
        for (var index = 0; index < classes.Count; index++)
        {
            var position = Child(Nowhere, classes[index].Ingress, 0);
            foreach (var decision in classes[index].Decisions)
            {
                position = Child(position, decision.Function, decision.Outcome);
            }

            _classes.TryAdd(new Step(position, classes[index].Egress, 0), index);
        }
    }

    /// <summary>Where packets from an endpoint begin.</summary>
    public int Root(int ingress) => _steps.GetValueOrDefault(new Step(Nowhere, ingress, 0), Nowhere);

    /// <summary>Where a function's decision leads.</summary>
    public int Next(int position, int function, int outcome) =>
        position == Nowhere ? Nowhere : _steps.GetValueOrDefault(new Step(position, function, outcome), Nowhere);

    /// <summary>Index of the class that ends here at an endpoint; -1 for none.</summary>
    public int ClassAt(int position, int egress) =>
        position == Nowhere ? -1 : _classes.GetValueOrDefault(new Step(position, egress, 0), -1);

    private int Child(int position, int function, int outcome)
    {
        var step = new Step(position, function, outcome);
        if (!_steps.TryGetValue(step, out var child))
        {
            child = _positions++;
            _steps.Add(step, child);
        }

        return child;
    }

    private readonly record struct Step(int Position, int Function, int Outcome);
}
