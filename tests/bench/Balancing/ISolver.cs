namespace Metron.Bench.Balancing;

/// <summary>A contender: plans, and then says what the plan does.</summary>
internal interface ISolver
{
    string Name { get; }

    /// <summary>What is timed.</summary>
    void Solve(SeededCase problem);

    /// <summary>Squared imbalance that the last plan leaves.</summary>
    double SquaredImbalance { get; }

    /// <summary>Moves of the last plan.</summary>
    int Moves { get; }

    /// <summary>Owners when the last plan, which was for this problem, has been carried out.</summary>
    ushort[] Owners(SeededCase problem);
}
