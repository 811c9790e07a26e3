namespace Metron.Bench.Dataplane;

/// <summary>What one run measures in turns.</summary>
/// <param name="Name">"C4/T2", or "turns-chain-length/T2".</param>
/// <param name="Entries">Who takes turns. The second one is what others are measured by, if there are several.</param>
internal sealed record Comparison(string Name, IReadOnlyList<Entry> Entries)
{
    private static readonly MetronContender Metron = new();
    private static readonly TestPmd TestPmdIo = new();

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, Comparison> Known { get; } = TracedCase.Known.Values.Select(OfContenders)
        .Concat(
        [
            OfCases("turns-chain-length", "T2", "C3", "CN-1", "CN-3", "CN-10"),
            OfCases("turns-rules", "T2", "C2-10", "C2-10k"),
            OfCases("turns-above-io", "T2", "C1-1k", "C3", "C4", "C5"),
            OfCases("turns-above-io", "T5", "C4"),
            OfCases("turns-workers", "T2", "C4", "C4-2w"),
            OfCases("turns-workers", "T4", "C4", "C4-2w"),
            Against("turns-sampling", "T2", "C4", "C4-unmeasured", "C4-all-measured"),
            Against("turns-tags", "T2", "C4", "C4-bare-ports"),
            Against("turns-sampling-first", "T2", "C7-100", "C7-100-unmeasured", "C7-100-all-measured"),
        ])
        .ToDictionary(comparison => comparison.Name);

    /// <summary>A case, and what else can do the same with its trace.</summary>
    private static Comparison OfContenders(TracedCase known)
    {
        List<Entry> entries = [new(Metron.Name, Metron, known), new(TestPmdIo.Name, TestPmdIo, known)];
        if (known.Case.IsInspection)
        {
            var bare = new BareScanner();
            entries.Add(new Entry(bare.Name, bare, known));
        }

        if (OpenVSwitchContender.Knows(known))
        {
            var ovs = new OpenVSwitchContender();
            entries.Add(new Entry(ovs.Name, ovs, known));
        }

        return new Comparison(known.Name, entries);
    }

    /// <summary>Several cases, with our own forwarding (C0) as what they are measured by.</summary>
    private static Comparison OfCases(string name, string trace, string first, params string[] others) => Against(name, trace, first, "C0", others);

    /// <summary>Several cases, with one of them as what the others are measured by.</summary>
    private static Comparison Against(string name, string trace, string first, string baseline, params string[] others) => new(
        $"{name}/{trace}",
        [.. new[] { first, baseline }.Concat(others).Select(known => new Entry($"metron {known}", Metron, TracedCase.Known[$"{known}/{trace}"]))]);
}

/// <summary>Who takes turns: a contender with a case.</summary>
/// <param name="Name">Name in results.</param>
/// <param name="Contender">The contender.</param>
/// <param name="Case">The case.</param>
internal sealed record Entry(string Name, IContender Contender, TracedCase Case);
