namespace Metron.Balancing.Simulation;

/// <summary>Draws indices with given weights in constant time (Walker's method of aliases, Vose's way to fill the table).</summary>
internal sealed class AliasTable
{
    private readonly double[] keep;
    private readonly int[] alias;

    public AliasTable(ReadOnlySpan<double> weights)
    {
        keep = new double[weights.Length];
        alias = new int[weights.Length];
        var sum = 0.0;
        foreach (var weight in weights)
        {
            sum += weight;
        }

        var small = new Stack<int>();
        var large = new Stack<int>();
        for (var i = 0; i < keep.Length; i++)
        {
            keep[i] = weights[i] * weights.Length / sum;
            (keep[i] < 1 ? small : large).Push(i);
        }

        while (small.Count > 0 && large.Count > 0)
        {
            var (less, more) = (small.Pop(), large.Pop());
            alias[less] = more;
            keep[more] -= 1 - keep[less];
            (keep[more] < 1 ? small : large).Push(more);
        }

        // What is left differs from 1 by rounding alone.
        foreach (var rest in small.Concat(large))
        {
            keep[rest] = 1;
        }
    }

    /// <summary>Draws an index.</summary>
    public int Draw(SeededRandom random)
    {
        var high = (int)Math.BigMul(random.Next(), (ulong)keep.Length, out var low);
        return low * (1.0 / ulong.MaxValue) < keep[high] ? high : alias[high];
    }
}
