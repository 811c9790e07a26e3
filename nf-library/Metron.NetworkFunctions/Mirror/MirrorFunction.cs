using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Mirror;

/// <summary>
/// A mirror on one worker: says of which packets the dataplane makes copies. It keeps nothing but counters. See the README of this folder for its
/// behaviour.
/// </summary>
public sealed class MirrorFunction : NetworkFunction
{
    /// <summary>The only outcome.</summary>
    public const int PassOutcome = 0;

    private readonly CompiledRule[] _matches;
    private readonly int? _fromPort;
    private readonly int _oneIn;
    private readonly int _length;
    private readonly DropCounters _drops = new();
    private int _untilNext;
    private long _matched;
    private long _copied;

    /// <summary>Makes a mirror.</summary>
    public MirrorFunction(MirrorConfiguration configuration)
    {
        Name = configuration.Name;
        _matches = [.. configuration.Matches.DefaultIfEmpty(PacketMatch.Any).Select(match => new CompiledRule(new FirewallRule("", match, true, null)))];
        _fromPort = configuration.FromPort;
        _oneIn = configuration.SampleOneIn;
        _length = configuration.TruncateTo;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        if (port == MirrorConfiguration.MirrorPort)
        {
            return _drops.Drop(DropReason.MirrorPort);
        }

        if ((_fromPort ?? port) == port && Matches(packet.Headers, port))
        {
            packet.WorkOn(port);
            packet.CopyTo(MirrorConfiguration.MirrorPort, _length, IsSampled());
        }

        return new Verdict(DropReason.None, 1 - port, PassOutcome, !packet.Headers.IsFragment);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Process(ref packet, port) with { Cacheable = false };

    /// <inheritdoc/>
    public override DropReason Work(int handle, ref EstablishedPacket packet)
    {
        packet.IsCopied = IsSampled();
        return DropReason.None;
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        _drops.Report(report);
        report.Counters["matched"] = _matched;
        report.Counters["copied"] = _copied;
    }

    private bool IsSampled()
    {
        _matched++;
        if (_untilNext > 0)
        {
            _untilNext--;
            return false;
        }

        _untilNext = _oneIn - 1;
        _copied++;
        return true;
    }

    private bool Matches(in PacketHeaders headers, int port)
    {
        foreach (ref readonly var match in _matches.AsSpan())
        {
            if (match.MatchesFlow(headers, port))
            {
                return true;
            }
        }

        return false;
    }
}
