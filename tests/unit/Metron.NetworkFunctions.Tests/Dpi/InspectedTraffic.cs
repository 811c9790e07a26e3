using System.Runtime.InteropServices;
using System.Text;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Dpi;

/// <summary>Rules and packets for tests of deep packet inspection.</summary>
internal static class InspectedTraffic
{
    public const string Client = "10.0.0.1";
    public const string Server = "198.51.100.1";

    /// <summary>A rule that denies a content.</summary>
    public static DpiRule Deny(string content, string name = "deny") => new(name, [Content(content)]) { Denies = true };

    /// <summary>A rule that alerts to a content.</summary>
    public static DpiRule Alert(string content, string name = "alert") => new(name, [Content(content)]);

    public static DpiPattern Content(string text) => new(text, IsRegex: false);

    public static DpiPattern Regex(string text) => new(text, IsRegex: true);

    public static DpiConfiguration With(params DpiRule[] rules) => new("dpi") { Rules = rules };

    public static TestWorker Worker(params DpiRule[] rules) => Worker(With(rules));

    public static TestWorker Worker(DpiConfiguration configuration, WorkerResources? resources = null) =>
        new(new DpiFunction(configuration, resources ?? new WorkerResources()));

    /// <summary>Sends a packet with a payload.</summary>
    /// <returns>Why it is dropped.</returns>
    public static DropReason Carry(
        this TestWorker worker, PacketHeaders headers, int port, string payload, uint sequence = 0, uint acknowledgement = 0) =>
        worker.Carry(headers, port, Encoding.Latin1.GetBytes(payload), sequence, acknowledgement);

    /// <summary>Sends a packet with a payload.</summary>
    /// <returns>Why it is dropped.</returns>
    public static DropReason Carry(
        this TestWorker worker, PacketHeaders headers, int port, byte[] payload, uint sequence = 0, uint acknowledgement = 0)
    {
        worker.Send(Packet(headers, payload, sequence, acknowledgement), port);
        return worker.Verdict.Reason;
    }

    /// <summary>A packet with a payload, in memory that does not move.</summary>
    public static FlowPacket Packet(PacketHeaders headers, byte[] payload, uint sequence = 0, uint acknowledgement = 0)
    {
        var memory = GC.AllocateArray<byte>(payload.Length + 1, pinned: true);
        payload.CopyTo(memory, 0);
        Pinned.Add(memory);
        return new FlowPacket
        {
            Headers = headers,
            Payload = new PacketPayload(Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0), payload.Length),
            TcpSequence = sequence,
            TcpAcknowledgement = acknowledgement,
        };
    }

    // Pinned arrays are freed like others when nothing refers to them.
    [ThreadStatic]
    private static List<byte[]>? t_pinned;

    private static List<byte[]> Pinned => t_pinned ??= [];
}

/// <summary>A TCP connection from inside whose handshake has passed; each end counts the bytes that it sent.</summary>
internal sealed class Connection
{
    private readonly TestWorker _worker;
    private readonly PacketHeaders _toServer;

    public Connection(TestWorker worker, string client = InspectedTraffic.Client, string server = InspectedTraffic.Server, int port = 5000)
    {
        _worker = worker;
        _toServer = Tcp(client, port, server, 80, Ack);
        Assert.Equal(DropReason.None, worker.Carry(_toServer with { TcpFlags = Syn }, Inside, "", ClientSequence - 1));
        Assert.Equal(DropReason.None, worker.Carry(ToClient with { TcpFlags = SynAck }, Outside, "", ServerSequence - 1, ClientSequence));
        Assert.Equal(DropReason.None, worker.Carry(_toServer, Inside, "", ClientSequence, ServerSequence));
    }

    /// <summary>Sequence number of the client's next byte; begins so that it wraps.</summary>
    public uint ClientSequence { get; set; } = uint.MaxValue - 2;

    public uint ServerSequence { get; set; } = 70_000;

    public PacketHeaders ToServer => _toServer;

    public PacketHeaders ToClient => _toServer.Reply() with { TcpFlags = Ack };

    /// <summary>The client sends what comes next.</summary>
    public DropReason Send(string text)
    {
        var reason = SendAt(0, text);
        ClientSequence += (uint)text.Length;
        return reason;
    }

    /// <summary>The client sends a segment at a distance from what comes next.</summary>
    public DropReason SendAt(int distance, string text, TcpFlags flags = Ack) =>
        _worker.Carry(_toServer with { TcpFlags = flags }, Inside, text, ClientSequence + (uint)distance, ServerSequence);

    /// <summary>The server sends what comes next.</summary>
    public DropReason Answer(string text)
    {
        var reason = _worker.Carry(ToClient, Outside, text, ServerSequence, ClientSequence);
        ServerSequence += (uint)text.Length;
        return reason;
    }
}
