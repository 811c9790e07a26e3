using Metron.Bench.Traces;

namespace Metron.Bench.Dataplane;

/// <summary>A program of the dataplane, and how to see that it is right.</summary>
/// <param name="Name">"C0", "C1-1k", …</param>
/// <param name="Check">Given what went in and what came out, says what is wrong; null when nothing is.</param>
/// <param name="Traces">Names of the traces that it is measured with.</param>
internal sealed record DataplaneCase(string Name, Func<IReadOnlyList<byte[]>, IReadOnlyList<byte[]>, string?> Check, IReadOnlyList<string> Traces)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DataplaneCase> Known { get; } =
    [
        new("C0", Checks.Unchanged, ["T1", "T2", "T3", "T4", "T6"]),
    ];

    /// <summary>Names as on the command line: "C0/T1".</summary>
    public IEnumerable<(string Name, Trace Trace)> WithTraces() =>
        Traces.Select(name => ($"{Name}/{name}", Trace.Known.Single(trace => trace.Name == name)));
}
