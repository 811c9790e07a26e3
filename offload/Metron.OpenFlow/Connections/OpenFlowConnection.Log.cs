using System.Net;
using Microsoft.Extensions.Logging;

namespace Metron.OpenFlow;

/// <content>Log messages. Event ids 1000 to 1099 belong to connections.</content>
public sealed partial class OpenFlowConnection
{
    [LoggerMessage(1000, LogLevel.Information, "Switch {Peer} connected: datapath {DatapathId:x16}, OpenFlow {Version}")]
    private static partial void LogConnected(ILogger logger, EndPoint? peer, ulong datapathId, string version);

    [LoggerMessage(1001, LogLevel.Warning, "Switch {Peer}: {Note}")]
    private static partial void LogHandshakeNote(ILogger logger, EndPoint? peer, string note);

    [LoggerMessage(1002, LogLevel.Information, "Switch {Peer}, datapath {DatapathId:x16}, disconnected: {Reason}")]
    private static partial void LogClosed(ILogger logger, EndPoint? peer, ulong datapathId, string reason);

    [LoggerMessage(1003, LogLevel.Warning, "Datapath {DatapathId:x16}: {Type} (xid={TransactionId}) does not decode: {Problem}")]
    private static partial void LogMalformed(ILogger logger, ulong datapathId, string type, uint transactionId, string problem);

    [LoggerMessage(1004, LogLevel.Warning, "Datapath {DatapathId:x16}: second HELLO ignored")]
    private static partial void LogSecondHello(ILogger logger, ulong datapathId);

    [LoggerMessage(1005, LogLevel.Warning, "Datapath {DatapathId:x16}: queue full, dropping the first {Name}")]
    private static partial void LogDropped(ILogger logger, ulong datapathId, string name);

    [LoggerMessage(1006, LogLevel.Information, "Datapath {DatapathId:x16}: no bundles, sending with a barrier instead")]
    private static partial void LogNoBundles(ILogger logger, ulong datapathId);

    [LoggerMessage(1007, LogLevel.Trace, "Datapath {DatapathId:x16} received {Frame}")]
    private static partial void LogReceived(ILogger logger, ulong datapathId, OpenFlowFrame frame);

    [LoggerMessage(1008, LogLevel.Trace, "Datapath {DatapathId:x16} sent xid={TransactionId} {Message}")]
    private static partial void LogSent(ILogger logger, ulong datapathId, uint transactionId, OpenFlowMessage message);

    [LoggerMessage(1009, LogLevel.Debug, "Datapath {DatapathId:x16}: {Name} (xid={TransactionId}) answers no request that waits")]
    private static partial void LogStray(ILogger logger, ulong datapathId, string name, uint transactionId);

    [LoggerMessage(1010, LogLevel.Information, "Datapath {DatapathId:x16}: role {Role}, generation {GenerationId}")]
    private static partial void LogRole(ILogger logger, ulong datapathId, ControllerRole role, ulong? generationId);
}
