namespace Metron.Bench.OpenFlow;

/// <summary>One or more cases of the suite openflow that are measured alike.</summary>
internal interface IOpenFlowCase
{
    /// <summary>Names of the cases on the command line.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Who competes in a case; the baseline is among them.</summary>
    IReadOnlyList<string> Contenders(string name);

    /// <summary>Checks that what is to be timed is right, then measures rounds in which contenders take turns.</summary>
    /// <exception cref="BenchmarkException">It is not right, or cannot be run here.</exception>
    IEnumerable<Result> Run(string name, Options options, Action<string> progress);
}
