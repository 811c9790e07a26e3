namespace Metron.Controller.Reconciliation;

/// <summary>What is logged about carrying out chains: events 3300-3399.</summary>
internal static partial class ReconcileLog
{
    [LoggerMessage(3300, LogLevel.Information, "Chain {Chain}: revision {Revision} planned: {Where}, {Tags} tags, {Classes} traffic classes")]
    public static partial void Planned(ILogger log, string chain, long revision, string where, int tags, int classes);

    [LoggerMessage(3318, LogLevel.Information, "Chain {Chain}: switch {Switch} gets other rules, which drop {After} packets per second before servers instead of {Before}")]
    public static partial void OffloadChanged(ILogger log, string chain, string @switch, double before, double after);

    [LoggerMessage(3301, LogLevel.Information, "Chain {Chain}: revision {Revision} compiles to what runs as revision {Running}; nothing is sent")]
    public static partial void Unchanged(ILogger log, string chain, long revision, long running);

    [LoggerMessage(3302, LogLevel.Warning, "Chain {Chain}: revision {Revision} cannot be planned: {Problem}")]
    public static partial void NotPlanned(ILogger log, string chain, long revision, string problem);

    [LoggerMessage(3303, LogLevel.Information, "Chain {Chain}: plan {Revision} is {Phase}")]
    public static partial void Phase(ILogger log, string chain, long revision, string phase);

    [LoggerMessage(3304, LogLevel.Information, "Chain {Chain}: nothing leads to plan {Revision} any more; it drains")]
    public static partial void Draining(ILogger log, string chain, long revision);

    [LoggerMessage(3305, LogLevel.Information, "Chain {Chain}: plan {Revision} is gone from switch and servers; its tags are free")]
    public static partial void PlanRemoved(ILogger log, string chain, long revision);

    [LoggerMessage(3306, LogLevel.Information, "Chain {Chain}: deleted; switch and servers have let go of it")]
    public static partial void ChainRemoved(ILogger log, string chain);

    [LoggerMessage(3307, LogLevel.Information, "Server {Server}: runs chain {Chain} revision {Revision}")]
    public static partial void Deployed(ILogger log, string server, string chain, long revision);

    [LoggerMessage(3308, LogLevel.Information, "Server {Server}: dropped chain {Chain} revision {Revision}")]
    public static partial void Undeployed(ILogger log, string server, string chain, long revision);

    [LoggerMessage(3309, LogLevel.Information, "Switch {Switch}: {Phase}: {Count} rules")]
    public static partial void SwitchChanged(ILogger log, string @switch, string phase, int count);

    [LoggerMessage(3310, LogLevel.Warning, "{What} at {Peer} failed ({Problem}), {Count} times in a row; tried again in {Pause}")]
    public static partial void Failed(ILogger log, string what, string peer, string problem, int count, TimeSpan pause);

    [LoggerMessage(3311, LogLevel.Error, "The reconciler met an error that it has no answer to; it goes on in {Pause}")]
    public static partial void Unexpected(ILogger log, TimeSpan pause, Exception error);

    [LoggerMessage(3312, LogLevel.Information, "Chain {Chain}: {State}: {Message}")]
    public static partial void Ready(ILogger log, string chain, string state, string message);

    [LoggerMessage(3313, LogLevel.Information, "Chain {Chain}: the rules of plan {Revision} that switch {Switch} took before it refused others are taken back")]
    public static partial void TakenBack(ILogger log, string chain, long revision, string @switch);

    [LoggerMessage(3315, LogLevel.Information, "Chain {Chain}: plan {Revision}: {Verdict} in {Milliseconds} ms")]
    public static partial void Verified(ILogger log, string chain, long revision, string verdict, long milliseconds);

    [LoggerMessage(3316, LogLevel.Error, "Chain {Chain}: plan {Revision} is not what was written and is not sent: {Counterexample}")]
    public static partial void Refuted(ILogger log, string chain, long revision, string counterexample);

    [LoggerMessage(3330, LogLevel.Information, "Switch {Switch}: {Kind}: {Added} added, {Altered} put right, {Deleted} deleted")]
    public static partial void ResourcesChanged(ILogger log, string @switch, string kind, int added, int altered, int deleted);

    [LoggerMessage(3317, LogLevel.Error, "Chain {Chain}: verifying plan {Revision} failed by an error of the controller")]
    public static partial void VerificationFailed(ILogger log, string chain, long revision, Exception error);

    [LoggerMessage(3314, LogLevel.Error, "Chain {Chain}: planning revision {Revision} failed by an error of the controller")]
    public static partial void PlanningFailed(ILogger log, string chain, long revision, Exception error);
}
