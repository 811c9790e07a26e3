using Metron.Orchestration;

namespace Metron.Controller.Agents;

/// <summary>What is logged about agents: events 3100-3199.</summary>
internal static partial class AgentLog
{
    [LoggerMessage(3100, LogLevel.Information, "Server {Server}: agent {Version} connected with {Workers} workers, running {Programs} programs")]
    public static partial void Registered(ILogger log, string server, string version, int workers, int programs);

    [LoggerMessage(3101, LogLevel.Warning, "Server {Server}: agent lost ({Reason}); what it runs is left as it is")]
    public static partial void Lost(ILogger log, string server, string reason);

    [LoggerMessage(3102, LogLevel.Warning, "Server {Server}: a second agent connected under this name; the first one's connection is closed")]
    public static partial void Replaced(ILogger log, string server);

    [LoggerMessage(3103, LogLevel.Warning, "Agent at {Peer} was refused: {Reason}")]
    public static partial void Refused(ILogger log, string peer, string reason);

    [LoggerMessage(3104, LogLevel.Warning, "Server {Server}: the agent acknowledged message {Sequence}, which waits for no answer")]
    public static partial void UnexpectedAcknowledgement(ILogger log, string server, ulong sequence);

    [LoggerMessage(3105, LogLevel.Information, "Server {Server}: {Use} by its operator")]
    public static partial void UseSet(ILogger log, string server, ServerUse use);

    [LoggerMessage(3106, LogLevel.Warning, "Server {Server}: its agent {Finding}")]
    public static partial void LossChanged(ILogger log, string server, string finding);
}
