using System.Globalization;
using Metron.NetworkFunctions.Chains;
using Metron.Offline;
using Metron.Offline.Captures;
using Metron.Orchestration;
using Metron.Reference;

namespace Metron.Cli.Run;

/// <summary>How a capture is run.</summary>
internal enum RunMode
{
    /// <summary>Through the compiled chain.</summary>
    Compiled,

    /// <summary>Through the interpreter.</summary>
    Reference,

    /// <summary>Through both.</summary>
    Compare,
}

/// <summary>Sends a capture through a chain; the capture's times drive the clock.</summary>
internal sealed class CaptureRun : IDisposable
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly ChainSpec _spec;
    private readonly RunInput _input;
    private readonly RunMode _mode;
    private readonly ChainComparison _comparison;
    private readonly ReferenceChain _reference;
    private readonly OwnChoices _choices = new();

    public CaptureRun(ChainPlan plan, RunInput input, RunMode mode)
    {
        (_spec, _input, _mode) = (plan.Spec, input, mode);
        _reference = new ReferenceChain(plan.Spec);
        _comparison = new ChainComparison(OfflineChain.Of(plan, new OfflineOptions()));
    }

    /// <summary>Packets left out because the capture had cut them off.</summary>
    public int CutOff { get; private set; }

    /// <summary>Packets left out because they came by an interface that leads to no endpoint.</summary>
    public int Elsewhere { get; private set; }

    /// <summary>Carries the packets through, one after the other.</summary>
    public IEnumerable<PacketVerdict> Verdicts()
    {
        var packets = _input.Capture.Packets;
        var first = packets.Count > 0 ? packets[0].Nanoseconds : 0;
        var now = 0L;
        for (var index = 0; index < packets.Count; index++)
        {
            var packet = packets[index];
            var endpoint = _input.Endpoints[packet.Interface];
            if (endpoint < 0)
            {
                Elsewhere++;
                continue;
            }

            if (packet.IsCut || packet.Frame.Length > ushort.MaxValue - 64)
            {
                CutOff++;
                continue;
            }

            // Captures of several interfaces are not always in order.
            now = Math.Max(now, packet.Nanoseconds - first);
            yield return Carry(index + 1, endpoint, packet, now);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _comparison.Dispose();

    private PacketVerdict Carry(int number, int endpoint, CapturedPacket packet, long now)
    {
        if (_mode == RunMode.Reference)
        {
            var result = _reference.Process(endpoint, packet.Frame, now / NanosecondsPerMillisecond, _choices);
            return new PacketVerdict(
                number,
                now,
                _spec.Endpoints[endpoint].Name,
                NameOf(result.Egress),
                result.DropReason ?? result.Violation ?? "",
                result.Function ?? "",
                0,
                packet.Frame.Length)
            {
                Frame = result.Frame,
            };
        }

        var compared = _mode == RunMode.Compare ? _comparison.Process(endpoint, packet.Frame, now) : null;
        var compiled = compared?.Compiled ?? _comparison.Chain.Process(endpoint, packet.Frame, now);
        return new PacketVerdict(
            number,
            now,
            _spec.Endpoints[endpoint].Name,
            NameOf(compiled.Egress),
            compiled.DropReason ?? "",
            compiled.Worker < 0 ? "switch" : compiled.Function ?? "worker " + compiled.Worker.ToString(CultureInfo.InvariantCulture),
            compiled.ClassId,
            packet.Frame.Length)
        {
            Frame = compiled.Frame,
            Difference = compared?.Difference,
        };
    }

    private string NameOf(int endpoint) => endpoint < 0 ? "" : _spec.Endpoints[endpoint].Name;
}
