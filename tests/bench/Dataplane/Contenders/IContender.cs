namespace Metron.Bench.Dataplane;

/// <summary>Who competes in a case, in a process of its own.</summary>
internal interface IContender
{
    /// <summary>Name in results.</summary>
    string Name { get; }

    /// <summary>Runs it once.</summary>
    /// <param name="known">Case and trace.</param>
    /// <param name="pcaps">The trace's files, one for each worker.</param>
    /// <param name="seconds">Length of the window.</param>
    /// <exception cref="BenchmarkException">It is not installed, or did not run.</exception>
    Reading Measure(TracedCase known, IReadOnlyList<string> pcaps, double seconds);
}
