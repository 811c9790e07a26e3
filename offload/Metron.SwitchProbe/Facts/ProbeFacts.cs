using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Everything that was measured. What is null was not reached; <see cref="Problems"/> says why.</summary>
internal sealed record ProbeFacts
{
    public SwitchIdentity? Identity { get; init; }

    public EquatableArray<Greeting> Greetings { get; init; }

    public BarrierFacts? Barriers { get; init; }

    public EquatableArray<TableFacts>? Tables { get; init; }

    public RuleFacts? Rules { get; init; }

    public EquatableArray<GroupFacts>? Groups { get; init; }

    /// <summary>What keeps meters from working; empty when they work.</summary>
    public string? Meters { get; init; }

    public BundleFacts? Bundles { get; init; }

    public EquatableArray<ErrorFacts>? Errors { get; init; }

    public EchoFacts? Echo { get; init; }

    public RateFacts? Rate { get; init; }

    public Restoration? Restoration { get; init; }

    /// <summary>What could not be measured, by the name of the step, and why.</summary>
    public EquatableArray<StepProblem> Problems { get; init; }

    /// <summary>Why a step did not come to an end; null when it did.</summary>
    public string? ProblemOf(string step) => Problems.FirstOrDefault(problem => problem.Step == step)?.Reason;
}

/// <summary>Who the switch says it is.</summary>
/// <param name="DatapathId">Its number.</param>
/// <param name="Description">Maker, hardware and software in one line; empty when it does not say.</param>
/// <param name="TableCount">Tables that it says it has.</param>
/// <param name="Ports">Its ports by number and name.</param>
public sealed record SwitchIdentity(ulong DatapathId, string Description, int TableCount, EquatableArray<string> Ports);

/// <summary>A way to greet the switch, and what came of it.</summary>
/// <param name="Attempt">What was offered: "1.3 and 1.4 with version bitmap".</param>
/// <param name="Offered">The versions offered.</param>
/// <param name="HasBitmap">Whether the HELLO had a version bitmap.</param>
/// <param name="Version">The version that was spoken then; null when none was.</param>
/// <param name="Said">What was odd or what failed; empty when all was as the standard has it.</param>
public sealed record Greeting(string Attempt, VersionSet Offered, bool HasBitmap, OpenFlowVersion? Version, string Said);

/// <summary>Something that could not be measured.</summary>
/// <param name="Step">Name of the step.</param>
/// <param name="Reason">Why not.</param>
internal sealed record StepProblem(string Step, string Reason);

/// <summary>What a barrier's answer is worth.</summary>
/// <param name="Truth">The verdict.</param>
/// <param name="Observed">What it is based on.</param>
/// <param name="SendsPacketsUp">Whether packets that are sent through the tables come up by a rule; null when it was not tried.</param>
/// <param name="LongestDelay">How long after the barrier's answer the slowest rule came into force.</param>
internal sealed record BarrierFacts(BarrierTruth Truth, string Observed, bool? SendsPacketsUp, TimeSpan LongestDelay);

/// <summary>What can be done with rules. Each text says what is wrong; empty when nothing is, null when it was not tried.</summary>
/// <param name="Replace">Adding over the same match and priority replaces the rule.</param>
/// <param name="DeleteByCookie">Deleting by cookie leaves rules of other cookies alone.</param>
/// <param name="FilterByCookie">Reading by cookie.</param>
/// <param name="Counters">Packets are counted per rule.</param>
/// <param name="Priorities">Of two rules that match, the one of higher priority wins.</param>
internal sealed record RuleFacts(string Replace, string DeleteByCookie, string FilterByCookie, string? Counters, string? Priorities);

/// <summary>Whether a type of groups works.</summary>
/// <param name="Kind">The type.</param>
/// <param name="Said">What is wrong; empty when nothing is.</param>
internal sealed record GroupFacts(GroupKind Kind, string Said);

/// <summary>How bundles work.</summary>
/// <param name="Supported">Whether there are bundles.</param>
/// <param name="Said">Why not, or what is wrong with them; empty when nothing is.</param>
/// <param name="Atomic">Whether a bundle with a wrong message changes nothing.</param>
/// <param name="Ordered">Whether the messages take effect in their order.</param>
/// <param name="Largest">Rules of the largest bundle that was carried out.</param>
internal sealed record BundleFacts(bool Supported, string Said, bool Atomic, bool Ordered, int Largest);

/// <summary>How the switch answers something wrong.</summary>
/// <param name="Fault">What was sent.</param>
/// <param name="Expected">The error that the standard wants.</param>
/// <param name="Received">The error that came; empty for none.</param>
/// <param name="IsRight">Whether it is the one that the standard wants.</param>
/// <param name="ContentProblem">What is wrong with the copy of the message in the error; empty when nothing is.</param>
internal sealed record ErrorFacts(string Fault, string Expected, string Received, bool IsRight, string ContentProblem);

/// <summary>How echoes are answered.</summary>
/// <param name="Problems">What is wrong with the answers; empty when nothing is.</param>
/// <param name="Quiet">Median time of an answer when the switch has nothing else to do.</param>
/// <param name="UnderLoad">Longest time of an answer while rules are installed; null when it was not measured.</param>
internal sealed record EchoFacts(string Problems, TimeSpan Quiet, TimeSpan? UnderLoad);

/// <summary>How fast rules are taken.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rules">Rules that were added.</param>
/// <param name="Refused">Rules that were refused meanwhile.</param>
/// <param name="ByBarrier">Rules per second by the number of rules between two barriers.</param>
internal sealed record RateFacts(byte Table, int Rules, int Refused, EquatableArray<RatePoint> ByBarrier);

/// <summary>Rules per second.</summary>
/// <param name="RulesPerBarrier">Rules between two barriers.</param>
/// <param name="RulesPerSecond">Rules per second until the last barrier was answered.</param>
internal sealed record RatePoint(int RulesPerBarrier, double RulesPerSecond);

/// <summary>Whether the switch is as it was before.</summary>
/// <param name="IsComplete">Whether nothing of the check is left and nothing of others has changed.</param>
/// <param name="Remarks">What is left or has changed; also what an earlier check had left behind.</param>
public sealed record Restoration(bool IsComplete, EquatableArray<string> Remarks);
