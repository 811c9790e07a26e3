using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.Firewall;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// What compiling one revision of a chain worked out, keyed by content, for the compilation of the next. Holds what that revision used and
/// nothing older. Written by one compilation, read by later ones.
/// </summary>
internal sealed class CompilationMemory
{
    private readonly Dictionary<(string Name, ContentHash Content), FunctionDeclaration> _declarations = [];
    private readonly Dictionary<NetworkFunctionConfiguration, FunctionContent> _contents = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, RuleDepths> _depths = new(StringComparer.Ordinal);
    private readonly Dictionary<PacketMatch, KnownMatch> _matches = new(ReferenceEqualityComparer.Instance);
    private CompilationMemory? _before;

    private CompilationMemory(OffloadMemory offload, CompilationMemory? before) => (Offload, _before) = (offload, before);

    /// <summary>What the switch's part remembers.</summary>
    public OffloadMemory Offload { get; }

    /// <summary>For the first revision.</summary>
    public static CompilationMemory Begin() => new(OffloadMemory.Begin(), null);

    /// <summary>For the revision behind.</summary>
    public CompilationMemory Next() => new(Offload.Next(), this);

    /// <summary>Lets go of the predecessor: the compilation is over.</summary>
    public void Complete()
    {
        _before = null;
        Offload.Complete();
    }

    /// <summary>The declaration of a function: the object of the revision before when the function is the same.</summary>
    public FunctionDeclaration Declare(NetworkFunctionConfiguration configuration)
    {
        var key = (configuration.Name, ContentOf(configuration).AsWritten);
        if (!_declarations.TryGetValue(key, out var declaration))
        {
            if (_before is null || !_before._declarations.TryGetValue(key, out declaration))
            {
                declaration = FunctionDeclarations.Of(configuration, HeaderMatchOf);
            }

            _declarations[key] = declaration;
        }

        return declaration;
    }

    /// <summary>The fingerprints of a function.</summary>
    public FunctionContent ContentOf(NetworkFunctionConfiguration configuration)
    {
        if (!_contents.TryGetValue(configuration, out var content))
        {
            _contents[configuration] = content = _before is not null && _before._contents.TryGetValue(configuration, out var known)
                ? Take(configuration, known)
                : FunctionContent.Of(configuration, this);
        }

        return content;
    }

    /// <summary>Takes over what is known of a function that is the same object as before, so that the revision behind this one finds it.</summary>
    private FunctionContent Take(NetworkFunctionConfiguration configuration, FunctionContent known)
    {
        if (configuration is FirewallConfiguration firewall)
        {
            _depths[firewall.Name] = _before!._depths[firewall.Name];
            foreach (var rule in firewall.Rules)
            {
                KnownOf(rule.Match);
            }
        }

        return known;
    }

    /// <summary>The fingerprint of a firewall's rule, wherever it stands.</summary>
    public ContentHash ContentOf(FirewallRule rule) => KnownOf(rule.Match).ContentOf(rule);

    /// <summary>The match of a firewall's rule as a match on numbers; the same object whenever the match is the same object.</summary>
    public HeaderMatch HeaderMatchOf(PacketMatch match) => KnownOf(match).HeaderMatch;

    private KnownMatch KnownOf(PacketMatch match)
    {
        if (!_matches.TryGetValue(match, out var known))
        {
            known = _before?._matches.GetValueOrDefault(match) ?? new KnownMatch(match);
            _matches[match] = known;
        }

        return known;
    }

    /// <summary>The depths of a firewall's rules.</summary>
    public RuleDepths DepthsOf(string function, IReadOnlyList<OrderedRule> rules) =>
        _depths[function] = RuleDepths.Of(rules, _before?._depths.GetValueOrDefault(function));

    /// <summary>What is known of a match, and of the rule that has it; rules hardly ever share one.</summary>
    private sealed class KnownMatch(PacketMatch match)
    {
        // Replaced whole: two compilations may use it at the same time.
        private volatile KnownRule? _rule;

        public HeaderMatch HeaderMatch { get; } = match.ToHeaderMatch();

        public ContentHash ContentOf(FirewallRule rule)
        {
            var known = _rule;
            if (known is null || known.Rule.Name != rule.Name || known.Rule.Allow != rule.Allow || known.Rule.FromPort != rule.FromPort)
            {
                var alone = rule with { Position = null };
                _rule = known = new KnownRule(alone, FunctionContent.Of(alone));
            }

            return known.Content;
        }

        private sealed record KnownRule(FirewallRule Rule, ContentHash Content);
    }
}
