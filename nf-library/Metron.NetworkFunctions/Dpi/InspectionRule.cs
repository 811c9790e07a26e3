using Metron.NetworkFunctions.Firewall;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>A rule with its conditions on headers in a form to compare. Immutable.</summary>
internal sealed class InspectionRule
{
    private readonly CompiledRule[] _matches;
    private readonly int _fromPort;
    private readonly DpiDirection _direction;

    public InspectionRule(DpiRule rule, int index)
    {
        Rule = rule;
        Index = index;
        ReportName = rule.Name.Length > 0 ? rule.Name : $"{index}";
        CounterName = $"rule.{ReportName}";
        AllParts = (ushort)((1 << rule.Patterns.Count) - 1);
        ConditionText = string.Concat(rule.Matches.Select(match => $"{match}\n")) + $"{rule.FromPort} {rule.Direction}";
        _matches = [.. rule.Matches.Select(match => new CompiledRule(new FirewallRule("", match, true, null)))];
        _fromPort = rule.FromPort ?? -1;
        _direction = rule.Direction;
        MayBeTcp = rule.Matches.Count == 0 || rule.Matches.Any(match => Admits(match, tcp: true));
        MayBeOther = rule.Matches.Count == 0 || rule.Matches.Any(match => Admits(match, tcp: false));
    }

    public DpiRule Rule { get; }

    public int Index { get; }

    /// <summary>Its name; its number when it has none.</summary>
    public string ReportName { get; }

    /// <summary>Name of its counter: "rule.NAME".</summary>
    public string CounterName { get; }

    /// <summary>The bits of all of its patterns.</summary>
    public ushort AllParts { get; }

    /// <summary>The same for rules with the same conditions.</summary>
    public string ConditionText { get; }

    /// <summary>Whether TCP segments can fulfil its conditions.</summary>
    public bool MayBeTcp { get; }

    /// <summary>Whether packets of other protocols can.</summary>
    public bool MayBeOther { get; }

    /// <summary>Whether its conditions hold for a packet.</summary>
    /// <param name="headers">The packet.</param>
    /// <param name="port">The side that it comes from.</param>
    /// <param name="toServer">Whether it comes from the end that opened the flow; null when either may be.</param>
    public bool SpeaksOf(in PacketHeaders headers, int port, bool? toServer)
    {
        if ((_fromPort >= 0 && _fromPort != port)
            || (_direction == DpiDirection.ToServer && toServer == false)
            || (_direction == DpiDirection.ToClient && toServer == true))
        {
            return false;
        }

        foreach (ref readonly var match in _matches.AsSpan())
        {
            if (match.MatchesFlow(in headers, port))
            {
                return true;
            }
        }

        return _matches.Length == 0;
    }

    private static bool Admits(PacketMatch match, bool tcp) =>
        match.Protocol is not { } protocol
        || (protocol.Negated ? protocol.Value != IpProtocol.Tcp || !tcp : protocol.Value == IpProtocol.Tcp == tcp);
}
