using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Offline;
using Metron.Orchestration;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Cli.Trace;

/// <summary>Why a function did what it did with a packet, and the line of the spec that says so.</summary>
/// <param name="What">What it did, in words.</param>
/// <param name="Path">The place of the spec.</param>
internal readonly record struct FunctionExplanation(string What, string Path)
{
    /// <summary>Explains a call.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="function">Index of the function.</param>
    /// <param name="call">What it was shown, and what it said.</param>
    public static FunctionExplanation Of(ChainSpec spec, int function, in FunctionCall call)
    {
        var configuration = spec.Functions[function];
        var outcome = call.Verdict.IsDrop ? $"drops: {PacketText.Camel(call.Verdict.Reason.ToString())}" : Outcome(configuration, call.Verdict.Outcome);
        var (reason, purpose) = configuration switch
        {
            FirewallConfiguration firewall => Rule(firewall, call),
            RouterConfiguration router => Route(router, call.Before.Destination),
            LoadBalancerConfiguration balancer when call.Verdict is { IsDrop: false, Outcome: > 0 } =>
                ("", $"service {balancer.Services[call.Verdict.Outcome - 1].Name}"),
            NaptConfiguration or MonitorConfiguration or LoadBalancerConfiguration => ("", ""),
            _ => ("", ""),
        };
        var changes = call.Verdict.IsDrop ? "" : PacketText.Changes(call.Before, call.After);
        var words = new[] { outcome, reason, changes }.Where(text => text.Length > 0);
        return new FunctionExplanation(string.Join("; ", words), RuleOrigins.OfEntry(spec, function, purpose));
    }

    private static string Outcome(NetworkFunctionConfiguration configuration, int outcome)
    {
        var names = FunctionDeclarations.Of(configuration).Outcomes;
        return outcome >= 0 && outcome < names.Count ? names[outcome] : "passes";
    }

    /// <summary>The first rule that speaks of the packet, or the default; and what state made of it.</summary>
    private static (string Reason, string Purpose) Rule(FirewallConfiguration firewall, in FunctionCall call)
    {
        if (call.Before.IsFragment && !firewall.PassFragments)
        {
            return ("", "fragments");
        }

        var point = PointOf(call.Before);
        var port = call.Port;
        var index = firewall.Rules.ToList().FindIndex(
            rule => (rule.FromPort is null || rule.FromPort == port) && rule.Match.ToHeaderMatch().Matches(point));
        var allows = index < 0 ? firewall.AllowByDefault : firewall.Rules[index].Allow;
        var purpose = index < 0 ? "default" : FirewallDeclaration.PurposeOf(firewall, index);
        return call.Verdict.IsDrop == !allows ? (purpose, purpose)
            : call.Verdict.IsDrop ? ($"although {purpose} allows it", purpose)
            : ($"it belongs to a connection, although {purpose} denies it", purpose);
    }

    private static (string Reason, string Purpose) Route(RouterConfiguration router, IpAddress destination)
    {
        var best = router.Routes
            .Where(route => route.Prefix.Address.IsV6 == destination.IsV6 && route.Prefix.Contains(destination))
            .MaxBy(route => route.Prefix.Length);
        return best is null ? ("no route", "") : ($"route {best.Prefix}", $"route {best.Prefix}");
    }

    private static HeaderPoint PointOf(in PacketHeaders headers) => new()
    {
        IsV6 = headers.IsV6,
        Source = headers.Source.Value,
        Destination = headers.Destination.Value,
        Protocol = headers.Protocol,
        SourcePort = IsIcmp(headers) ? (ushort)0 : headers.SourcePort,
        DestinationPort = IsIcmp(headers) ? (ushort)0 : headers.DestinationPort,
        IcmpType = headers.IcmpType,
        IcmpCode = headers.IcmpCode,
        IsFragment = headers.IsFragment,
        TcpFlags = (byte)headers.TcpFlags,
    };

    private static bool IsIcmp(in PacketHeaders headers) => headers.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
}
