using System.Diagnostics;
using System.Globalization;
using Metron.OpenFlow;

namespace Metron.Bench.OpenFlow;

/// <summary>
/// Rules per second into an empty Open vSwitch, from the first byte until the switch says that all are in force. The baseline is one bundle whose
/// bytes were prepared beforehand.
/// </summary>
internal sealed class InstallCase : IOpenFlowCase
{
    private const string Barriers = "metron";
    private const string Bundle = "metron-bundle";
    private const string Raw = "raw-bundle";
    private const string Ofctl = "ovs-ofctl-bundle";

    private static readonly string[] Entrants = [Barriers, Bundle, Raw, Ofctl];

    public IReadOnlyList<string> Names => ["install-1k", "install-10k", "install-100k"];

    public IReadOnlyList<string> Contenders(string name) => Entrants;

    public IEnumerable<Result> Run(string name, Options options, Action<string> progress)
    {
        var count = name switch { "install-1k" => 1_000, "install-10k" => 10_000, _ => 100_000 };
        var rates = Entrants.ToDictionary(entrant => entrant, _ => new List<double>());
        using var target = new RuleSwitch("dummy");
        using var session = new InstallSession(target, BenchRules.Make(count, 1));
        foreach (var entrant in Entrants)
        {
            session.Install(entrant);
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < Entrants.Length; turn++)
            {
                var entrant = Entrants[(round + turn) % Entrants.Length];
                rates[entrant].Add(count / session.Install(entrant).TotalSeconds);
                progress(string.Create(CultureInfo.InvariantCulture, $"openflow {name}: round {round + 1}: {entrant} {rates[entrant][^1]:0} rules/s"));
            }
        }

        foreach (var entrant in Entrants)
        {
            yield return Result.Of(OpenFlowSuite.SuiteName, name, entrant, "rulesPerSecond", "rules/s", rates[entrant]);
            if (entrant != Raw)
            {
                yield return Result.Of(
                    OpenFlowSuite.SuiteName, name, entrant, "shareOfRawBundle", "", [.. rates[entrant].Zip(rates[Raw], (own, raw) => own / raw)]);
            }
        }
    }

    /// <summary>The connections and prepared inputs of all contenders.</summary>
    private sealed class InstallSession : IDisposable
    {
        private readonly RuleSwitch _target;
        private readonly FlowMod[] _rules;
        private readonly OpenFlowConnection _connection;
        private readonly byte[] _bytes;
        private readonly string _file = Path.GetTempFileName();

        public InstallSession(RuleSwitch target, FlowMod[] rules)
        {
            (_target, _rules) = (target, rules);
            _connection = target.Connect();
            _bytes = RawBundle.Prepare(rules);
            File.WriteAllLines(_file, rules.Select(Metron.Offload.RuleText.Of));
        }

        /// <summary>Installs all rules into the empty switch, and looks whether they are there.</summary>
        public TimeSpan Install(string entrant)
        {
            _target.Clear();

            // A connection of its own each time: it answers no echo while it waits.
            using var raw = new RawBundle(_target);
            var clock = Stopwatch.StartNew();
            switch (entrant)
            {
                case Barriers:
                    Transfer().GetAwaiter().GetResult();
                    break;
                case Bundle:
                    var result = _connection.ApplyBundleAsync(_rules).GetAwaiter().GetResult();
                    Require(result.Succeeded, entrant);
                    break;
                case Raw:
                    raw.Send(_bytes);
                    break;
                default:
                    _target.Control("add-flows", _file);
                    break;
            }

            var elapsed = clock.Elapsed;
            Require(_target.CountRules() == _rules.Length, entrant);
            return elapsed;
        }

        public void Dispose()
        {
            _connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
            File.Delete(_file);
        }

        private static void Require(bool isTrue, string entrant)
        {
            if (!isTrue)
            {
                throw new BenchmarkException($"{entrant}: the switch has not all rules");
            }
        }

        private async Task Transfer()
        {
            await using var transfer = new RuleTransfer(_rules);
            Require((await transfer.CompleteAsync(_connection)).Count == 0, Barriers);
        }
    }
}
