namespace Metron.Dataplane.Programs;

/// <summary>Gives out numbers from 1 on, the smallest free ones first.</summary>
/// <param name="last">Largest number.</param>
internal sealed class NumberPool(ushort last)
{
    private readonly bool[] _taken = new bool[last + 1];

    /// <summary>Largest number ever given out.</summary>
    public ushort HighWater { get; private set; }

    /// <summary>Takes numbers that follow each other.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The first.</returns>
    /// <exception cref="ProgramRejectedException">There are not as many in a row.</exception>
    public ushort Take(int count = 1)
    {
        var run = 0;
        for (var number = 1; number <= last; number++)
        {
            run = _taken[number] ? 0 : run + 1;
            if (run == count)
            {
                var first = number - count + 1;
                _taken.AsSpan(first, count).Fill(true);
                HighWater = (ushort)Math.Max(HighWater, number);
                return (ushort)first;
            }
        }

        throw new ProgramRejectedException("the server has no room for more ingress tags");
    }

    /// <summary>Gives numbers back.</summary>
    public void Return(ushort first, int count = 1) => _taken.AsSpan(first, count).Clear();
}
