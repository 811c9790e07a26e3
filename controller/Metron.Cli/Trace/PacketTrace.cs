using System.Globalization;
using Metron.Cli.Compile;
using Metron.Cli.Specs;
using Metron.Offline;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Cli.Trace;

/// <summary>One thing that happened to a packet.</summary>
/// <param name="Where">"switch table 1", "worker 0: fw", an endpoint.</param>
/// <param name="What">What happened.</param>
/// <param name="Path">The place of the spec that it follows from; empty for none in particular.</param>
internal sealed record TraceStep(string Where, string What, string Path);

/// <summary>The way of one packet through a compiled chain, from the line of the spec that takes it to the one that sends it out or drops it.</summary>
internal sealed class PacketTrace
{
    private readonly ChainPlan _plan;
    private readonly OfflineResult _result;
    private readonly List<TraceStep> _steps = [];

    private PacketTrace(SpecSource source, ChainPlan plan, int endpoint, byte[] frame, ComparedPacket packet)
    {
        (Source, _plan, Frame, _result, Difference) = (source, plan, frame, packet.Compiled, packet.Difference);
        Class = plan.Classes.FirstOrDefault(planned => planned.Id == _result.ClassId) ?? plan.Classes.FirstOrDefault(planned => WasDropped(planned, endpoint));
        var from = plan.Spec.Endpoints[endpoint];
        Add(from.Name, $"arrives at {from.Switch} port {from.Port}", $"spec.endpoints[{endpoint}]");
        AddRules();
        AddEnd();
    }

    /// <summary>Where the chain was read from.</summary>
    public SpecSource Source { get; }

    /// <summary>The frame as it arrived.</summary>
    public byte[] Frame { get; }

    /// <summary>The frame as it left; null when it was dropped.</summary>
    public byte[]? Sent => _result.Frame;

    /// <summary>Name of the endpoint where it left; null when it was dropped.</summary>
    public string? Egress => _result.Egress < 0 ? null : _plan.Spec.Endpoints[_result.Egress].Name;

    /// <summary>Why it was dropped; null when it left.</summary>
    public string? DropReason => _result.DropReason;

    /// <summary>Worker that handled it; -1 when the switch did it all.</summary>
    public int Worker => _result.Worker;

    /// <summary>The traffic class; null when it has none.</summary>
    public PlannedClass? Class { get; }

    /// <summary>How the chain as written treats it otherwise; null when it does the same.</summary>
    public string? Difference { get; }

    public IReadOnlyList<TraceStep> Steps => _steps;

    /// <summary>Carries a packet through the chain and writes down its way.</summary>
    /// <param name="source">Where the chain was read from.</param>
    /// <param name="chain">The chain, which names the rules that packets match.</param>
    /// <param name="endpoint">Where it arrives.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="nanoseconds">When; never less than at the packet before.</param>
    public static PacketTrace Of(SpecSource source, ChainComparison chain, int endpoint, byte[] frame, long nanoseconds) =>
        new(source, chain.Chain.Plan, endpoint, frame, chain.Process(endpoint, frame, nanoseconds));

    /// <summary>Whether the packet was dropped on a server as this class says: what is dropped there has no class's number.</summary>
    private bool WasDropped(PlannedClass planned, int endpoint)
    {
        var asked = _result.Calls;
        var isSame = asked.Count > 0 && planned.Ingress == endpoint && planned.DropReason is { } reason && reason == _result.DropReason
            && planned.Steps.Count >= asked.Count;
        for (var i = 0; isSame && i < asked.Count; i++)
        {
            var step = planned.Steps[planned.Steps.Count - asked.Count + i];
            isSame = _plan.Spec.Functions[step.Function].Name == asked[i].Function
                && step.Port == asked[i].Port
                && (asked[i].Verdict.IsDrop || step.Outcome == asked[i].Verdict.Outcome);
        }

        return isSame;
    }

    private void AddRules()
    {
        var isBack = false;
        foreach (var rule in _result.Rules)
        {
            // A packet is on the server between two visits of the first table.
            if (rule.Flow.Table == TableLayout.Entrance && isBack)
            {
                AddServer();
            }

            isBack = true;
            Add($"switch table {rule.Flow.Table}", Text(rule), RuleOrigins.OfRule(_plan.Spec, rule.Purpose));
        }

        if (_result.DropPlace is { } place && place != "switch")
        {
            AddServer();
        }
    }

    private string Text(SwitchRule rule)
    {
        var tag = rule.Purpose.StartsWith("steer ", StringComparison.Ordinal)
            ? _plan.IngressTags.FirstOrDefault(candidate => candidate.Worker.Index == _result.Worker
                && rule.Purpose == $"steer {ServerEndpoints.NameOf(_plan.Spec, candidate.Endpoint)} to worker {candidate.Worker.Index}")
            : null;
        return string.Create(CultureInfo.InvariantCulture, $"{rule.Purpose} (priority {rule.Flow.Priority})")
            + (tag is null ? "" : $", tag {CompilationReport.TagText(_plan.TagKind, tag.Value)}")
            + (rule.DropReason is { } reason ? $": drops, {reason}" : "");
    }

    private void AddServer()
    {
        var worker = string.Create(CultureInfo.InvariantCulture, $"worker {_result.Worker}");
        if (_result.Calls.Count == 0)
        {
            Add(worker, _result.Worker < 0 || _result.WasSlow ? "refused before the first function" : "its flow has an entry: functions are not asked", "");
        }

        foreach (var call in _result.Calls)
        {
            var function = _plan.Spec.Functions.ToList().FindIndex(candidate => candidate.Name == call.Function);
            var explanation = FunctionExplanation.Of(_plan.Spec, function, call);
            Add($"{worker}: {call.Function}", explanation.What, explanation.Path);
        }
    }

    private void AddEnd()
    {
        if (_result.Frame is not { } frame)
        {
            Add(_result.DropPlace!, $"dropped: {_result.DropReason}", "");
        }
        else
        {
            var name = Egress ?? "unknown port";
            Add(name, $"leaves by port {_result.Port}: {PacketText.Of(frame)}", _result.Egress < 0 ? "" : $"spec.endpoints[{_result.Egress}]");
        }
    }

    private void Add(string where, string what, string path) => _steps.Add(new TraceStep(where, what, path));
}
