using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Router;

/// <summary>A router on one worker. It keeps no state per flow. See the README of this folder for its behaviour.</summary>
public sealed class RouterFunction : NetworkFunction
{
    private static readonly ConditionalWeakTable<RouterConfiguration, RoutingTable> Compiled = [];

    private readonly RoutingTable _routes;
    private readonly MacAddress[] _portMacs;
    private readonly DropCounters _drops = new();

    /// <summary>Makes a router.</summary>
    public RouterFunction(RouterConfiguration configuration)
    {
        Name = configuration.Name;
        _routes = Compiled.GetValue(configuration, value => new RoutingTable(value));
        _portMacs = [.. configuration.RouterPorts.Select(port => port.Mac)];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override void Prefetch(in PacketHeaders headers, int port) => _routes.Prefetch(headers.Destination);

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref var headers = ref packet.Headers;
        if (UnroutableAddresses.Contains(headers.Destination) || UnroutableAddresses.Contains(headers.Source))
        {
            return _drops.Drop(DropReason.MartianAddress);
        }

        var outcome = _routes.Find(headers.Destination, out var nextHop);
        if (outcome < 0)
        {
            return _drops.Drop(DropReason.NoRoute);
        }

        if (nextHop.Port == port)
        {
            return _drops.Drop(DropReason.RouteToIngress);
        }

        if (headers.TimeToLive <= 1)
        {
            return _drops.Drop(DropReason.TimeToLiveExpired);
        }

        headers.TimeToLive--;
        headers.EthernetSource = _portMacs[nextHop.Port];
        headers.EthernetDestination = nextHop.Mac;
        return new Verdict(DropReason.None, nextHop.Port, outcome, !headers.IsFragment);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Process(ref packet, port) with { Cacheable = false };

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        _drops.Report(report);
        report.Counters["routes"] = _routes.RouteCount;
    }
}
