using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Metron.Inspection;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>
/// Rules compiled: pattern databases, and what a pattern's match means. Immutable, shared by all workers, and by revisions whose rules are
/// the same.
/// </summary>
internal sealed class InspectionRules
{
    private static readonly ConditionalWeakTable<DpiConfiguration, InspectionRules> ByConfiguration = [];
    private static readonly ConcurrentDictionary<string, WeakReference<InspectionRules>> BySignature = [];

    private readonly InspectionRule[] _rules;
    private readonly InspectionRule[] _conditions; // one of each kind of condition
    private readonly PatternPart[] _parts; // by pattern id

    private InspectionRules(DpiConfiguration configuration)
    {
        Vectorscan.Require();
        _rules = [.. configuration.Rules.Select((rule, index) => new InspectionRule(rule, index))];
        _conditions = [.. _rules.DistinctBy(rule => rule.ConditionText)];
        var parts = new List<PatternPart>();
        var patterns = new List<Pattern>();
        foreach (var rule in _rules)
        {
            for (var part = 0; part < rule.Rule.Patterns.Count; part++)
            {
                patterns.Add(ToPattern(rule.Rule.Patterns[part], parts.Count));
                parts.Add(new PatternPart(rule.Index, (ushort)(1 << part)));
            }
        }

        _parts = [.. parts];
        Streams = configuration.IsStreaming ? Compile(patterns, rule => rule.MayBeTcp, forStreams: true) : null;
        Segments = configuration.IsStreaming ? null : Compile(patterns, rule => rule.MayBeTcp, forStreams: false);
        Datagrams = Compile(patterns, rule => rule.MayBeOther, forStreams: false);
    }

    /// <summary>For streams of TCP; null when no rule is about TCP, or segments are looked at one by one.</summary>
    public PatternDatabase? Streams { get; }

    /// <summary>For segments of TCP, one by one; null when no rule is about TCP, or streams are read.</summary>
    public PatternDatabase? Segments { get; }

    /// <summary>For everything but TCP; null when no rule is about that.</summary>
    public PatternDatabase? Datagrams { get; }

    /// <summary>The databases that there are.</summary>
    public IReadOnlyList<PatternDatabase> Databases =>
        [.. new[] { Streams, Segments, Datagrams }.Where(database => database is not null).Select(database => database!)];

    /// <summary>Number of rules.</summary>
    public int Count => _rules.Length;

    /// <summary>Compiles rules, or finds them compiled. Thread-safe.</summary>
    /// <exception cref="ArgumentException">A pattern does not compile; the message names the rule.</exception>
    /// <exception cref="VectorscanMissingException">The library is not there.</exception>
    public static InspectionRules Of(DpiConfiguration configuration) => ByConfiguration.GetValue(configuration, Find);

    /// <summary>A pattern as the compiler takes it. Its text is right.</summary>
    public static Pattern ToPattern(DpiPattern pattern, int id)
    {
        if (pattern.IsRegex)
        {
            return Pattern.Regex(id, pattern.Text, pattern.IgnoresCase, pattern.DotMatchesNewline, pattern.IsMultiline);
        }

        if (!DpiContent.TryParse(pattern.Text, out var bytes, out var problem))
        {
            throw new ArgumentException($"content \"{pattern.Text}\" {problem}", nameof(pattern));
        }

        return Pattern.Literal(
            id,
            bytes,
            pattern.IgnoresCase,
            pattern.Offset == 0 ? null : pattern.Offset + bytes.Length,
            pattern.Depth == 0 ? null : pattern.Offset + pattern.Depth);
    }

    /// <summary>The rule.</summary>
    public InspectionRule this[int rule] => _rules[rule];

    /// <summary>The part of a rule that a pattern is.</summary>
    public PatternPart PartOf(int pattern) => _parts[pattern];

    /// <summary>Whether any rule speaks of packets like this one.</summary>
    /// <param name="headers">The packet.</param>
    /// <param name="port">The side that it comes from.</param>
    /// <param name="toServer">Whether it comes from the end that opened the flow; null when either may be.</param>
    public bool SpeakOf(in PacketHeaders headers, int port, bool? toServer)
    {
        foreach (var rule in _conditions)
        {
            if (rule.SpeaksOf(in headers, port, toServer))
            {
                return true;
            }
        }

        return false;
    }

    private static InspectionRules Find(DpiConfiguration configuration)
    {
        var signature = SignatureOf(configuration);
        if (BySignature.TryGetValue(signature, out var known) && known.TryGetTarget(out var rules))
        {
            return rules;
        }

        rules = new InspectionRules(configuration);
        foreach (var (other, reference) in BySignature)
        {
            if (!reference.TryGetTarget(out _))
            {
                BySignature.TryRemove(other, out _);
            }
        }

        BySignature[signature] = new WeakReference<InspectionRules>(rules);
        return rules;
    }

    /// <summary>The same for rules that are written the same.</summary>
    private static string SignatureOf(DpiConfiguration configuration)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([configuration.IsStreaming ? (byte)1 : (byte)0]);
        foreach (var rule in configuration.Rules)
        {
            var text = $"{rule with { Patterns = [], Matches = [] }}\n"
                + string.Concat(rule.Matches.Select(match => $"{match}\n"))
                + string.Concat(rule.Patterns.Select(pattern => $"{pattern}\n"));
            hash.AppendData(Encoding.UTF8.GetBytes(text));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private PatternDatabase? Compile(List<Pattern> patterns, Func<InspectionRule, bool> isWanted, bool forStreams)
    {
        var wanted = patterns.Where(pattern => isWanted(_rules[_parts[pattern.Id].Rule])).ToList();
        try
        {
            return wanted.Count == 0 ? null : PatternDatabase.Compile(wanted, forStreams);
        }
        catch (PatternException exception) when (exception.PatternId >= 0)
        {
            throw new ArgumentException($"{_rules[_parts[exception.PatternId].Rule].CounterName}: {exception.Message}", exception);
        }
        catch (PatternException exception)
        {
            throw new ArgumentException($"the rules together cannot be compiled: {exception.Message}", exception);
        }
    }
}

/// <summary>A pattern's place in its rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Bit">The bit that stands for it, of the rule's patterns.</param>
internal readonly record struct PatternPart(int Rule, ushort Bit);
