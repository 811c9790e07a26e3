using Microsoft.Extensions.Logging;

namespace Metron.Agent;

/// <summary>What the agent logs: events 2000-2099.</summary>
internal static partial class AgentLog
{
    [LoggerMessage(2000, LogLevel.Information, "metron-agent {Version} of server {Server} starts: {Workers} workers on {Ports} ports, {Dpdk}")]
    public static partial void Starting(ILogger log, string version, string server, int workers, int ports, string dpdk);

    [LoggerMessage(2001, LogLevel.Information, "Port {Index}: {Device} ({Driver}), MAC {Mac}, port {SwitchPort} of switch '{Switch}', {Dispatch}")]
    public static partial void PortStarted(ILogger log, int index, string device, string driver, string mac, uint switchPort, string @switch, string dispatch);

    [LoggerMessage(2006, LogLevel.Information, "Appliance {Appliance}, {Side} of worker {Worker}: {Device} ({Driver})")]
    public static partial void ApplianceStarted(ILogger log, string appliance, string side, int worker, string device, string driver);

    [LoggerMessage(2002, LogLevel.Warning, "Workers {Workers} share core {Core}: each gets a part of its time")]
    public static partial void CoreShared(ILogger log, string workers, int core);

    [LoggerMessage(2003, LogLevel.Information, "Stopping: {Reason}")]
    public static partial void Stopping(ILogger log, string reason);

    [LoggerMessage(2004, LogLevel.Critical, "The dataplane died; the agent ends, so that it can be started again")]
    public static partial void DataplaneDied(ILogger log, Exception exception);

    [LoggerMessage(2005, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(2010, LogLevel.Debug, "DPDK: {Line}")]
    public static partial void Dpdk(ILogger log, string line);

    [LoggerMessage(2020, LogLevel.Information, "Connected to controller {Controller} at {Address}; load is reported every {Interval}")]
    public static partial void Connected(ILogger log, string controller, string address, TimeSpan interval);

    [LoggerMessage(2021, LogLevel.Warning, "No connection to the controller at {Address}: {Reason}. What runs keeps running; next attempt in {Delay}")]
    public static partial void NotConnected(ILogger log, string address, string reason, TimeSpan delay);

    [LoggerMessage(2022, LogLevel.Warning, "The controller at {Address} sent a message of an unknown kind (sequence {Sequence}); it is left unanswered")]
    public static partial void UnknownMessage(ILogger log, string address, ulong sequence);

    [LoggerMessage(2023, LogLevel.Warning, "A load report could not be made: {Reason}")]
    public static partial void NoLoadReport(ILogger log, string reason);

    [LoggerMessage(2030, LogLevel.Information, "Chain {Chain} revision {Revision} runs")]
    public static partial void Deployed(ILogger log, string chain, long revision);

    [LoggerMessage(2031, LogLevel.Error, "Chain {Chain} revision {Revision} was refused: {Reason}")]
    public static partial void Refused(ILogger log, string chain, long revision, string reason);

    [LoggerMessage(2032, LogLevel.Information, "Chain {Chain} revision {Revision} runs no more")]
    public static partial void Undeployed(ILogger log, string chain, long revision);

    [LoggerMessage(2033, LogLevel.Error, "Chain {Chain} revision {Revision} could not be stopped: {Reason}")]
    public static partial void NotUndeployed(ILogger log, string chain, long revision, string reason);

    [LoggerMessage(2040, LogLevel.Warning, "Appliance {Appliance} of worker {Worker} is down: {Problem}. Packets of chain {Chain} {Consequence}")]
    public static partial void ApplianceDown(ILogger log, string appliance, int worker, string problem, string chain, string consequence);

    [LoggerMessage(2041, LogLevel.Warning, "Appliance {Appliance} of worker {Worker} is silent: {Problem} (chain {Chain})")]
    public static partial void ApplianceSilent(ILogger log, string appliance, int worker, string problem, string chain);

    [LoggerMessage(2043, LogLevel.Error, "Appliances could not be looked at, and are looked at again: {Reason}")]
    public static partial void ApplianceLookFailed(ILogger log, string reason);

    [LoggerMessage(2042, LogLevel.Information, "Appliance {Appliance} of worker {Worker} works again (chain {Chain})")]
    public static partial void ApplianceUp(ILogger log, string appliance, int worker, string chain);

    [LoggerMessage(2050, LogLevel.Information, "Balancing {Groups} flow groups over {Workers} workers ({Nic} NIC), {Mode}")]
    public static partial void Balancing(ILogger log, int groups, int workers, string nic, string mode);

    [LoggerMessage(2051, LogLevel.Warning, "{Cancelled} of {Moves} moves of flow groups were given up: {Problem}")]
    public static partial void MovesCancelled(ILogger log, int cancelled, int moves, string problem);

    [LoggerMessage(2055, LogLevel.Warning, "Indirection table of {Device}, as its driver made it: {Finding}. The agent writes its own")]
    public static partial void IndirectionFinding(ILogger log, string device, string finding);

    [LoggerMessage(2056, LogLevel.Critical, "The NIC died; the agent ends, so that it can be started again")]
    public static partial void NicDied(ILogger log, Exception exception);

    [LoggerMessage(2052, LogLevel.Warning, "Flow group {Group} alone has a load of {Load:0.00} cores, more than a worker can do; only the switch can split its traffic class")]
    public static partial void Elephant(ILogger log, int group, double load);

    [LoggerMessage(2053, LogLevel.Error, "The balancer's tick failed, and is tried again: {Reason}")]
    public static partial void BalancerTickFailed(ILogger log, string reason);

    [LoggerMessage(2054, LogLevel.Error, "The balancer's ticks are recorded to {File} no more: {Reason}")]
    public static partial void RecordingEnded(ILogger log, string file, string reason);
}
