namespace Metron.Bench.OpenFlow;

/// <summary>The OpenFlow library: what its codec costs, and how fast rules reach a switch. Loads no DPDK library.</summary>
internal sealed class OpenFlowSuite : ISuite
{
    /// <summary>Name of the suite in results.</summary>
    public const string SuiteName = "openflow";

    private static readonly IOpenFlowCase[] Known = [new CodecCase(), new InstallCase(), new ExchangeCase(), new AttackCase()];

    public string Name => SuiteName;

    public IReadOnlyList<string> Cases => [.. Known.SelectMany(known => known.Names)];

    public IReadOnlyList<string> Contenders(string caseName) => Find(caseName).Contenders(caseName);

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress) => Find(caseName).Run(caseName, options, progress);

    private static IOpenFlowCase Find(string name) => Known.Single(known => known.Names.Contains(name));
}
