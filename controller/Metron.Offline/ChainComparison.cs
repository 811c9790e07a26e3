using System.Globalization;
using Metron.NetworkFunctions.Blackbox;
using Metron.Orchestration;
using Metron.Packets;
using Metron.Reference;
using Metron.Synthesis;

namespace Metron.Offline;

/// <summary>A compiled chain and the interpreter side by side: every packet goes through both.</summary>
public sealed class ChainComparison : IDisposable
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    /// <param name="chain">The compiled chain; this disposes of it.</param>
    /// <param name="reference">The chain as written; null: that of the plan's spec.</param>
    public ChainComparison(OfflineChain chain, ReferenceChain? reference = null)
    {
        Chain = chain;
        Reference = reference ?? new ReferenceChain(chain.Plan.Spec, chain.SteeringMask, chain.SharingWorkers);
    }

    /// <summary>The compiled chain.</summary>
    public OfflineChain Chain { get; }

    /// <summary>The chain as written.</summary>
    public ReferenceChain Reference { get; }

    /// <summary>Carries one packet through both.</summary>
    /// <param name="endpoint">Endpoint at whose switch port it arrives.</param>
    /// <param name="frame">The frame as it is on the wire.</param>
    /// <param name="nanoseconds">When, counted from the first packet.</param>
    public ComparedPacket Process(int endpoint, ReadOnlySpan<byte> frame, long nanoseconds)
    {
        var compiled = Chain.Process(endpoint, frame, nanoseconds);
        return Compare(endpoint, frame, nanoseconds, compiled);
    }

    /// <summary>Carries one packet through the chain as written, and compares with what became of it elsewhere.</summary>
    /// <param name="endpoint">Endpoint at whose switch port it arrives.</param>
    /// <param name="frame">The frame as it is on the wire.</param>
    /// <param name="nanoseconds">When, counted from the first packet.</param>
    /// <param name="compiled">What <see cref="Chain"/>, or something that claims to be like it, made of the packet.</param>
    public ComparedPacket Compare(int endpoint, ReadOnlySpan<byte> frame, long nanoseconds, OfflineResult compiled)
    {
        var expected = Reference.Process(endpoint, frame, nanoseconds / NanosecondsPerMillisecond, new RecordedChoices(compiled.Calls, compiled.Worker));
        return new ComparedPacket(compiled, expected, Difference(compiled, expected) ?? DifferentCopies(compiled, expected));
    }

    /// <inheritdoc/>
    public void Dispose() => Chain.Dispose();

    /// <summary>In words how the two differ; null when they agree.</summary>
    private string? Difference(OfflineResult compiled, ReferenceResult expected)
    {
        if (expected.Violation is { } violation)
        {
            return $"a choice that is not allowed: {violation}; compiled: {Describe(compiled)}";
        }

        if (expected.DropReason is { } reason)
        {
            return AgreesOnDrop(compiled, expected) ? null
                : $"as written: dropped, {reason}{(expected.Function is { } function ? $" by {function}" : "")}; compiled: {Describe(compiled)}";
        }

        var target = Chain.Plan.Spec.Endpoints[expected.Egress];
        if (compiled.Frame is { } frame && compiled.Port == target.Port && expected.Agrees(frame))
        {
            return compiled.Worker < 0 ? null : CountDifference(compiled, expected);
        }

        var difference = compiled.Frame is { } other && compiled.Port == target.Port ? $", {FirstDifference(expected.Frame!, other)}" : "";
        return $"as written: leaves by {target.Name}; compiled: {Describe(compiled)}{difference}";
    }

    private static IEnumerable<IReadOnlyList<ClassStep>> StepsOf(PlannedClass known) => known.OtherSteps.Append(known.Steps);

    private string NameOf(ClassStep step) => Chain.Plan.Spec.Functions[step.Function].Name;

    /// <summary>Closed programs cut a way into parts, each with a class that counts; the one that was seen must be of such a part.</summary>
    private bool IsPartOfWay(int classId, IReadOnlyList<string> way) =>
        Chain.Plan.Classes.FirstOrDefault(known => known.Id == classId) is { } counted
        && StepsOf(counted).Select(steps => steps.Select(NameOf).ToList())
            .Any(part => Enumerable.Range(0, Math.Max(0, way.Count - part.Count + 1)).Any(start => way.Skip(start).Take(part.Count).SequenceEqual(part)));

    private string? DifferentCopies(OfflineResult compiled, ReferenceResult expected)
    {
        if (compiled.Copies.Count != expected.Copies.Count)
        {
            return $"as written: {expected.Copies.Count} copies; compiled: {compiled.Copies.Count}, and it {Describe(compiled)}";
        }

        foreach (var (left, wanted) in compiled.Copies.Zip(expected.Copies))
        {
            var target = Chain.Plan.Spec.Endpoints[wanted.Egress];
            if (left.Frame is null || left.Port != target.Port || !wanted.Agrees(left.Frame))
            {
                var difference = left.Frame is { } frame ? $"port {left.Port}, {FirstDifference(wanted.Frame!, frame)}" : "dropped";
                return $"as written: a copy to {target.Name}; compiled: {difference}";
            }
        }

        return null;
    }

    /// <summary>
    /// A worker counts what leaves in the class of its way: of the ends, and the functions between. Only an ICMP error may be of no class: as
    /// part of the connection that it is about, it can take a way on which no packet of that connection gets through.
    /// </summary>
    private string? CountDifference(OfflineResult compiled, ReferenceResult expected)
    {
        var classes = Chain.Plan.Classes.Where(known => known.Ingress == expected.Ingress && known.Egress == expected.Egress);
        var way = expected.Path.Select(step => step.Function);
        if (Chain.Plan.Spec.Functions.OfType<BlackboxConfiguration>().Any())
        {
            return IsPartOfWay(compiled.ClassId, [.. way]) ? null : $"counted in class {compiled.ClassId}; as written: by {string.Join(", ", way)}";
        }

        if (classes.FirstOrDefault(known => known.Id == compiled.ClassId) is { } counted)
        {
            return StepsOf(counted).Any(steps => steps.Select(NameOf).SequenceEqual(way))
                ? null
                : $"counted in class {compiled.ClassId} ({string.Join(", ", counted.Path)}); as written: by {string.Join(", ", way)}";
        }

        // A function turned it back, as an error about itself: no class goes such a way.
        if (compiled.ClassId == 0 && compiled.Calls.Any(call => call.Verdict is { IsDrop: false, Outcome: < 0 }))
        {
            return null;
        }

        var decisions = compiled.Calls.Select(call => (call.Function, call.Verdict.Outcome)).ToList();
        return compiled.ClassId == 0
            && compiled.Calls.Any(call => call.Before.IcmpKind == IcmpKind.Error)
            && !classes.SelectMany(StepsOf).Any(steps => steps.TakeLast(decisions.Count).Select(step => (NameOf(step), step.Outcome)).SequenceEqual(decisions))
                ? null
                : $"counted in class {compiled.ClassId}, which is not of this way; as written: by {string.Join(", ", way)}";
    }

    /// <summary>
    /// What is dropped on the switch may be so for a reason of its own, since a rule there stands for what no server could let pass. What is
    /// refused for its form alone passes where no server looks at it.
    /// </summary>
    private static bool AgreesOnDrop(OfflineResult compiled, ReferenceResult expected) =>
        compiled.Frame is null
            ? compiled.Worker < 0 || compiled.DropReason == expected.DropReason
            : expected.IsRefused && compiled.Worker < 0;

    private string Describe(OfflineResult compiled) => compiled.Frame is null
        ? $"dropped, {compiled.DropReason}{(compiled.Function is { } function ? $" by {function}" : "")} ({compiled.DropPlace})"
        : $"leaves by {(compiled.Egress >= 0 ? Chain.Plan.Spec.Endpoints[compiled.Egress].Name : compiled.Port.ToString(CultureInfo.InvariantCulture))}"
            + (compiled.Worker < 0 ? " (switch)" : compiled.WasSlow ? $" (worker {compiled.Worker})" : $" (worker {compiled.Worker}, flow entry)");

    private static string FirstDifference(byte[] expected, byte[] actual)
    {
        var at = 0;
        while (at < expected.Length && at < actual.Length && expected[at] == actual[at])
        {
            at++;
        }

        return at == expected.Length || at == actual.Length
            ? $"{actual.Length} bytes instead of {expected.Length}"
            : $"byte {at} is 0x{actual[at]:x2} instead of 0x{expected[at]:x2}";
    }
}

/// <summary>What became of a packet on both ways.</summary>
/// <param name="Compiled">In the compiled chain.</param>
/// <param name="Expected">In the chain as written.</param>
/// <param name="Difference">How they differ; null when they agree.</param>
public sealed record ComparedPacket(OfflineResult Compiled, ReferenceResult Expected, string? Difference);
