using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dispatcher;

/// <summary>A dispatcher on one worker. It keeps no state. See the README of this folder for its behaviour.</summary>
public sealed class DispatcherFunction : NetworkFunction
{
    /// <summary>Outcome of what comes from an output; what goes to output i has outcome 1 + i.</summary>
    public const int BackOutcome = 0;

    private const int Input = 0;

    private readonly CompiledRule[] _matches;
    private readonly int[] _outputs;
    private readonly int _default;
    private readonly DropCounters _drops = new();

    /// <summary>Makes a dispatcher.</summary>
    public DispatcherFunction(DispatcherConfiguration configuration)
    {
        Name = configuration.Name;
        _matches = [.. configuration.Rules.Select(rule => new CompiledRule(new FirewallRule("", rule.Match, true, null)))];
        _outputs = [.. configuration.Rules.Select(rule => rule.Output)];
        _default = configuration.DefaultOutput;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) => port == Input
        ? Dispatch(packet.Headers, !packet.Headers.IsFragment)
        : new Verdict(DropReason.None, Input, BackOutcome, !packet.Headers.IsFragment);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port)
    {
        if (port != Input)
        {
            return Verdict.ForwardOnce(Input, BackOutcome);
        }

        // The error belongs where packets of the flow go that it is about; the embedded one came from there.
        var forth = packet.Embedded;
        (forth.Source, forth.Destination) = (forth.Destination, forth.Source);
        (forth.SourcePort, forth.DestinationPort) = (forth.DestinationPort, forth.SourcePort);
        return Dispatch(forth, false);
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report) => _drops.Report(report);

    private Verdict Dispatch(in PacketHeaders headers, bool cacheable)
    {
        var output = _default;
        for (var rule = 0; rule < _matches.Length; rule++)
        {
            if (_matches[rule].MatchesFlow(headers, Input))
            {
                output = _outputs[rule];
                break;
            }
        }

        return output < 0 ? _drops.Drop(DropReason.NoOutput) : new Verdict(DropReason.None, 1 + output, 1 + output, cacheable);
    }
}
