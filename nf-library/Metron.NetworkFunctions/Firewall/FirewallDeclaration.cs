using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>What a firewall does, as data. Outcomes: allow, deny.</summary>
public static class FirewallDeclaration
{
    /// <summary>Index of the outcome "allow".</summary>
    public const int Allow = 0;

    /// <summary>Index of the outcome "deny".</summary>
    public const int Deny = 1;

    /// <summary>What the entry that drops fragments is for.</summary>
    internal const string FragmentPurpose = "fragments";

    private static readonly StageResult Allowed = StageResult.OneOf(Allow);
    private static readonly StageResult Denied = StageResult.OneOf(Deny);
    private static readonly StageResult Either = StageResult.OneOf(Allow, Deny);

    // RFC 792 and RFC 4443: messages about other packets.
    private static readonly byte[] IcmpErrors = [3, 4, 5, 11, 12];
    private static readonly byte[] IcmpV6Errors = [1, 2, 3, 4];

    /// <summary>Declares a firewall.</summary>
    /// <param name="configuration">The firewall.</param>
    /// <param name="headerMatch">Turns the matches of its rules into matches on numbers.</param>
    public static FunctionDeclaration Declare(FirewallConfiguration configuration, Func<PacketMatch, HeaderMatch> headerMatch)
    {
        List<DeclaredRule> rules = [.. configuration.Rules.Select((rule, index) => new DeclaredRule(
            rule.Allow, rule.FromPort, new StageEntry(headerMatch(rule.Match), rule.Allow ? Allowed : Denied, PurposeOf(configuration, index))))];
        return new(configuration.Name, [DeclarePort(configuration, rules, 0), DeclarePort(configuration, rules, 1)])
        {
            Outcomes = ["allow", "deny"],
            NeedsServer = configuration.Stateful,
            KeepsFlowState = configuration.Stateful,
        };
    }

    /// <summary>How a rule is told from others in what is printed: "rule deny-ssh", or "rules[3]" for one without a name.</summary>
    public static string PurposeOf(FirewallConfiguration configuration, int rule) =>
        configuration.Rules[rule].Name is { Length: > 0 } name ? $"rule {name}" : $"rules[{configuration.Rules[rule].NumberAt(rule)}]";

    private static PortDeclaration DeclarePort(FirewallConfiguration configuration, List<DeclaredRule> rules, int port) => new(configuration.Ports[port])
    {
        Stages = configuration.Stateful ? StatefulStages(configuration, rules, port) : [StatelessStage(configuration, rules, port)],
        Treatments =
        [
            Treatment.Forward(1 - port) with { WhenStateDecides = "belongs to a connection" },
            Treatment.Drop("denied") with { WhenStateDecides = "belongs to no connection" },
        ],
    };

    private static StageTable StatelessStage(FirewallConfiguration configuration, List<DeclaredRule> rules, int port)
    {
        List<StageEntry> entries = configuration.PassFragments ? [] : [FragmentEntry()];
        entries.AddRange(RulesFor(rules, port).Select(rule => rule.Entry));
        return new StageTable(entries, configuration.AllowByDefault ? Allowed : Denied);
    }

    /// <summary>
    /// What the rules say regardless of state. A packet may pass although its rules deny it, when it belongs to a connection that began
    /// with other TCP flags or another ICMP type, or from the other side. So both tables ignore flags and types: the first asks whether the
    /// rules of this side can allow such a packet, the second whether those of the other side can allow its answer.
    /// </summary>
    private static List<StageTable> StatefulStages(FirewallConfiguration configuration, List<DeclaredRule> rules, int port)
    {
        List<StageEntry> same = [FragmentEntry(), .. IcmpErrorEntries()];
        var allow = Allowed;
        foreach (var (isAllowing, _, (match, _, purpose)) in RulesFor(rules, port))
        {
            allow = match.DependsOnDirection ? Either : allow;
            if (isAllowing || !match.DependsOnDirection)
            {
                same.Add(new StageEntry(match.WithoutDirection(), isAllowing ? allow : StageResult.Next, purpose));
            }
        }

        List<StageEntry> answers = [];
        foreach (var (isAllowing, _, (match, _, purpose)) in RulesFor(rules, 1 - port))
        {
            if (isAllowing || !match.DependsOnDirection)
            {
                answers.Add(new StageEntry(match.WithoutDirection().Reverse(), isAllowing ? Either : Denied, purpose + ", answers"));
            }
        }

        return
        [
            new StageTable(same, configuration.AllowByDefault ? allow : StageResult.Next),
            new StageTable(answers, configuration.AllowByDefault ? Either : Denied),
        ];
    }

    private static StageEntry FragmentEntry() => new(new HeaderMatch { Fragment = true }, StageResult.Drop("fragment"), FragmentPurpose);

    private static IEnumerable<StageEntry> IcmpErrorEntries() =>
        IcmpErrors.Select(type => IcmpErrorEntry(4, IpProtocol.Icmp, type))
            .Concat(IcmpV6Errors.Select(type => IcmpErrorEntry(6, IpProtocol.IcmpV6, type)));

    private static StageEntry IcmpErrorEntry(int version, byte protocol, byte type)
    {
        var match = new HeaderMatch { IpVersion = version, Protocol = FieldCondition.Of((UInt128)protocol), IcmpType = type };
        return new StageEntry(match, Either, "ICMP errors");
    }

    private static IEnumerable<DeclaredRule> RulesFor(List<DeclaredRule> rules, int port) =>
        rules.Where(rule => rule.FromPort is null || rule.FromPort == port);

    /// <summary>A rule of the configuration and the entry that a firewall without state makes of it, for all ports.</summary>
    private readonly record struct DeclaredRule(bool IsAllowing, int? FromPort, StageEntry Entry);
}
