using System.Diagnostics.Metrics;

namespace Metron.OpenFlow;

/// <summary>What is measured of all connections of this process, by the meter "Metron.OpenFlow". The README lists the instruments.</summary>
public static class OpenFlowMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Metron.OpenFlow";

    private static readonly Meter Meter = new(MeterName);
    private static readonly UpDownCounter<long> Greeting = Meter.CreateUpDownCounter<long>(
        "metron.openflow.handshakes.pending", "{connection}", "Connections in the handshake, TLS included.");
    private static readonly Counter<long> Greeted = Meter.CreateCounter<long>(
        "metron.openflow.handshakes.succeeded", "{connection}", "Switches greeted, by version and by the HELLO that they took.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "metron.openflow.handshakes.failed", "{connection}", "Peers that could not be greeted, by fault.");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "metron.openflow.connections.refused", "{connection}", "Connections closed before anything was read from them, by reason.");
    private static readonly UpDownCounter<long> Open = Meter.CreateUpDownCounter<long>(
        "metron.openflow.connections.open", "{connection}", "Greeted connections.");
    private static readonly Counter<long> Closures = Meter.CreateCounter<long>(
        "metron.openflow.connections.closed", "{connection}", "Greeted connections that ended, by cause.");
    private static readonly Counter<long> Quarantines = Meter.CreateCounter<long>(
        "metron.openflow.quarantines", "{peer}", "Times that a peer was put in quarantine.");
    private static readonly Counter<long> BytesReceived = Meter.CreateCounter<long>(
        "metron.openflow.received", "By", "Bytes received over greeted connections.");
    private static readonly Counter<long> BytesSent = Meter.CreateCounter<long>(
        "metron.openflow.sent", "By", "Bytes sent over greeted connections.");
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>(
        "metron.openflow.events.dropped", "{message}", "Unsolicited messages dropped because nobody took them, by kind.");
    private static readonly Histogram<double> EchoTime = Meter.CreateHistogram<double>(
        "metron.openflow.echo.duration", "s", "Time between an echo request of this side and its answer.");
    private static readonly Counter<long> RoleChanges = Meter.CreateCounter<long>(
        "metron.openflow.roles", "{change}", "Roles taken or assigned, by role.");

    internal static void GreetingBegins() => Greeting.Add(1);

    internal static void GreetingEnds() => Greeting.Add(-1);

    internal static void Succeeded(OpenFlowVersion version, HelloRung rung) =>
        Greeted.Add(1, new("version", version.ToDotted()), new("hello", rung.ToString()));

    internal static void Failed(HandshakeFault fault) => Failures.Add(1, new KeyValuePair<string, object?>("fault", fault.ToString()));

    internal static void Refused(RefusalReason reason) => Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    internal static void Quarantined() => Quarantines.Add(1);

    internal static void Opened() => Open.Add(1);

    internal static void Closed(CloseCause cause)
    {
        Open.Add(-1);
        Closures.Add(1, new KeyValuePair<string, object?>("cause", cause.ToString()));
    }

    internal static void Received(long bytes) => BytesReceived.Add(bytes);

    internal static void Sent(long bytes) => BytesSent.Add(bytes);

    internal static void DroppedEvent(bool isPacketIn) =>
        Dropped.Add(1, new KeyValuePair<string, object?>("kind", isPacketIn ? "packet-in" : "event"));

    internal static void Echoed(long sentAt, TimeProvider time) => EchoTime.Record(time.GetElapsedTime(sentAt).TotalSeconds);

    internal static void RoleIs(ControllerRole role) => RoleChanges.Add(1, new KeyValuePair<string, object?>("role", role.ToString()));
}

/// <summary>What ended a greeted connection, roughly; its reason says it in words.</summary>
public enum CloseCause
{
    /// <summary>This side.</summary>
    Local,

    /// <summary>The switch, or the network.</summary>
    Peer,

    /// <summary>The switch sent something that cannot be read on from.</summary>
    Protocol,

    /// <summary>The switch was silent.</summary>
    Silence,

    /// <summary>The switch did not take bytes, or did not finish a message.</summary>
    Stalled,

    /// <summary>The switch sent more than any answer may have.</summary>
    Flood,
}
