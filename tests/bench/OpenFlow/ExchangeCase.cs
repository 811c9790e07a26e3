using System.Diagnostics;
using System.Globalization;
using Metron.OpenFlow;

namespace Metron.Bench.OpenFlow;

/// <summary>
/// All of 10,000 rules of an Open vSwitch are exchanged under traffic: most get new actions, some go and as many come. Rules per second, and packets that
/// do not arrive of 12,500 per second.
/// </summary>
internal sealed class ExchangeCase : IOpenFlowCase
{
    private const string AddThenDelete = "metron";
    private const string OneBundle = "metron-bundle";
    private const string RawReplace = "raw-bundle";
    private const string Ofctl = "ovs-ofctl-bundle";
    private const string DeleteThenAdd = "delete-then-add";
    private const int Count = 10_000;
    private const int Leaving = 500;

    private static readonly RuleTransferOptions BesideTraffic = new() { TargetSectionTime = TimeSpan.FromMilliseconds(2) };
    private static readonly string[] Entrants = [AddThenDelete, OneBundle, RawReplace, Ofctl, DeleteThenAdd];

    public IReadOnlyList<string> Names => ["exchange-10k"];

    public IReadOnlyList<string> Contenders(string name) => Entrants;

    public IEnumerable<Result> Run(string name, Options options, Action<string> progress)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new BenchmarkException("needs root, to make interfaces");
        }

        var readings = Entrants.ToDictionary(entrant => entrant, _ => new List<(double Rate, int Sent, int Lost, long AtPorts)>());
        using var target = new RuleSwitch("netdev");
        using var traffic = new RuleTraffic(target, Count - Leaving);
        using var exchange = new Exchange(target);
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < Entrants.Length; turn++)
            {
                var entrant = Entrants[(round + turn) % Entrants.Length];
                var reading = exchange.Run(entrant, traffic);
                readings[entrant].Add(reading);
                progress(string.Create(
                    CultureInfo.InvariantCulture, $"openflow {name}: round {round + 1}: {entrant} {reading.Rate:0} rules/s, {reading.Lost} of {reading.Sent} packets lost, {reading.AtPorts} at the switch's ports"));
            }
        }

        foreach (var entrant in Entrants)
        {
            yield return Result.Of(OpenFlowSuite.SuiteName, name, entrant, "rulesPerSecond", "rules/s", [.. readings[entrant].Select(reading => reading.Rate)]);
            yield return Result.Of(OpenFlowSuite.SuiteName, name, entrant, "lost", "packets", [.. readings[entrant].Select(reading => (double)reading.Lost)]);
            yield return Result.Of(OpenFlowSuite.SuiteName, name, entrant, "lostAtPorts", "packets", [.. readings[entrant].Select(reading => (double)reading.AtPorts)]);
        }
    }

    private sealed class Exchange : IDisposable
    {
        private readonly RuleSwitch _target;
        private readonly OpenFlowConnection _connection;
        private readonly string _file = Path.GetTempFileName();

        public Exchange(RuleSwitch target)
        {
            (_target, _connection) = (target, target.Connect());
            var fresh = Revision(2).Select(Metron.Offload.RuleText.Of);
            File.WriteAllLines(_file, fresh);
        }

        /// <summary>Rules 0 to 9,999 in revision 1; in revision 2 the last 500 are others.</summary>
        private static FlowMod[] Revision(ushort revision) => revision == 1
            ? BenchRules.Make(Count, revision)
            : [.. BenchRules.Make(Count - Leaving, revision), .. BenchRules.Make(Count + Leaving, revision).Skip(Count)];

        public (double Rate, int Sent, int Lost, long AtPorts) Run(string entrant, RuleTraffic traffic)
        {
            _target.Clear();
            var before = Revision(1);
            Send(before, new RuleTransferOptions()).GetAwaiter().GetResult();
            var after = Revision(2);
            FlowMod[] deletions = [.. before[^Leaving..].Select(BenchRules.Deletion)];
            FlowMod everything = new() { Command = FlowModCommand.Delete, Table = TableNumber.All };
            var bytes = RawBundle.Prepare([everything, .. after]);
            using var raw = new RawBundle(_target);
            var elapsed = TimeSpan.Zero;
            var unread = traffic.CountAtSwitch() - _target.CountRead();
            var (sent, lost) = traffic.During(() =>
            {
                var clock = Stopwatch.StartNew();
                switch (entrant)
                {
                    case AddThenDelete:
                        Send(after, BesideTraffic).GetAwaiter().GetResult();
                        Send(deletions, BesideTraffic).GetAwaiter().GetResult();
                        break;
                    case OneBundle:
                        Require(_connection.ApplyBundleAsync([.. after, .. deletions]).GetAwaiter().GetResult().Succeeded, entrant);
                        break;
                    case RawReplace:
                        raw.Send(bytes);
                        break;
                    case DeleteThenAdd:
                        Send([everything, .. after], new RuleTransferOptions()).GetAwaiter().GetResult();
                        break;
                    default:
                        _target.Control("replace-flows", _file);
                        break;
                }

                elapsed = clock.Elapsed;
            });
            Require(_target.CountRules() == Count, entrant);
            return (Count / elapsed.TotalSeconds, sent, lost, traffic.CountAtSwitch() - _target.CountRead() - unread);
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
                throw new BenchmarkException($"{entrant}: the switch has not the rules of the second revision");
            }
        }

        private async Task Send(FlowMod[] messages, RuleTransferOptions options)
        {
            await using var transfer = new RuleTransfer(messages, options);
            Require((await transfer.CompleteAsync(_connection)).Count == 0, AddThenDelete);
        }
    }
}
