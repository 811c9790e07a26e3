namespace Metron.Controller.Switches;

/// <summary>What is logged about switches: events 3200-3299.</summary>
internal static partial class SwitchLog
{
    [LoggerMessage(3200, LogLevel.Information, "Switch {Switch}: connected by OpenFlow {Version} from {Address} ({Description})")]
    public static partial void Connected(ILogger log, string @switch, string version, string address, string description);

    [LoggerMessage(3201, LogLevel.Warning, "Switch {Switch}: connection lost ({Reason}); its rules are left as they are")]
    public static partial void Lost(ILogger log, string @switch, string reason);

    [LoggerMessage(3202, LogLevel.Warning, "Switch {Switch}: {Remark}")]
    public static partial void Remark(ILogger log, string @switch, string remark);

    [LoggerMessage(3203, LogLevel.Warning, "A switch with datapath id {DatapathId} connected from {Address}; it is not configured and is left alone")]
    public static partial void Unknown(ILogger log, string datapathId, string address);

    [LoggerMessage(3204, LogLevel.Information, "Switches may connect to {Address}")]
    public static partial void Listening(ILogger log, string address);

    [LoggerMessage(3205, LogLevel.Warning, "Peer {Address}: no OpenFlow session ({Reason})")]
    public static partial void HandshakeFailed(ILogger log, string address, string reason);

    [LoggerMessage(3207, LogLevel.Warning, "Peer {Quarantined}")]
    public static partial void Quarantined(ILogger log, Metron.OpenFlow.QuarantinedPeer quarantined);

    [LoggerMessage(3221, LogLevel.Warning, "Switch {Switch}: table {Table} is full with {Rules} rules of chains; they are planned within that from now on")]
    public static partial void CapacityLearnt(ILogger log, string @switch, byte table, int rules);

    [LoggerMessage(3220, LogLevel.Warning, "Switch {Switch}: its rules are not what was in force: {Drift}; {Action} (the first: {Rule})")]
    public static partial void Drifted(ILogger log, string @switch, string drift, string action, string rule);

    [LoggerMessage(3223, LogLevel.Warning, "Switch {Switch}: port {Port} ({Name}) is down")]
    public static partial void PortDown(ILogger log, string @switch, uint port, string name);

    [LoggerMessage(3222, LogLevel.Information, "Switch {Switch}: port {Port} ({Name}) is up")]
    public static partial void PortUp(ILogger log, string @switch, uint port, string name);

    [LoggerMessage(3206, LogLevel.Error, "The session with the switch at {Address} ended by an error that it has no answer to")]
    public static partial void Unexpected(ILogger log, string address, Exception error);
}
