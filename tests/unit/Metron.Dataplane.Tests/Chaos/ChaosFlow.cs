using System.Buffers.Binary;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Tests.Chaos;

/// <summary>
/// A UDP flow through the sample chain, with sequence numbers in its payload: what the far end and the client saw of it. Keeps that nothing came twice or
/// overtook, and that its NAT binding stays.
/// </summary>
internal sealed class ChaosFlow
{
    private const int NumberOffset = 14 + 4 + 20 + 8; // Ethernet, VLAN, IPv4, UDP

    private readonly ResidualProgram _program;
    private readonly byte[] _request;
    private byte[]? _reply;
    private int _replyGroup;
    private uint _lastRequest;
    private uint _lastReply;

    /// <param name="program">The program whose tags steer.</param>
    /// <param name="index">Its number; it stands in the payload.</param>
    /// <param name="port">The client's port.</param>
    public ChaosFlow(ResidualProgram program, int index, ushort port)
    {
        _program = program;
        Port = port;
        var frame = SampleChain.Client(false, IpProtocol.Udp, 5, port) with { UdpChecksum = false, Payload = [0, 0, 0, 0, 0, (byte)index, 0, 0] };
        var tag = program.Steer(0, Frames.Read(frame.Build()));
        Group = tag.Worker;
        _request = (frame with { Vlan = (ushort)tag.Value }).Build();
    }

    public ushort Port { get; }

    /// <summary>Flow group of its packets, in both directions.</summary>
    public int Group { get; }

    /// <summary>Port that NAPT gave it; 0 when none was seen yet.</summary>
    public ushort Translated { get; private set; }

    /// <summary>Number of the last request and reply sent.</summary>
    public uint Requests { get; private set; }

    public uint Replies { get; private set; }

    /// <summary>The next packet of the client.</summary>
    public byte[] NextRequest()
    {
        BinaryPrimitives.WriteUInt32BigEndian(_request.AsSpan(NumberOffset), ++Requests);
        return _request;
    }

    /// <summary>The next packet of the far end, which must have seen one of the client's.</summary>
    public byte[] NextReply()
    {
        Assert.Equal(Group, _replyGroup);
        BinaryPrimitives.WriteUInt32BigEndian(_reply!.AsSpan(NumberOffset), ++Replies);
        return _reply!;
    }

    /// <summary>Number of the flow that a frame is of, by its payload.</summary>
    public static int IndexOf(ReadOnlySpan<byte> frame) => frame[NumberOffset + 5];

    /// <summary>A packet has left, to the far end or to the client.</summary>
    public void Note(ReadOnlySpan<byte> frame)
    {
        var number = BinaryPrimitives.ReadUInt32BigEndian(frame[NumberOffset..]);
        var sourcePort = BinaryPrimitives.ReadUInt16BigEndian(frame[38..]);
        var destinationPort = BinaryPrimitives.ReadUInt16BigEndian(frame[40..]);
        if ((BinaryPrimitives.ReadUInt16BigEndian(frame[14..]) & 0xfff) == Chains.FarEgress)
        {
            Assert.True(number > _lastRequest, $"request {number} of port {Port} came behind {_lastRequest}");
            _lastRequest = number;
            Assert.True(Translated == 0 || Translated == sourcePort, $"the binding of port {Port} changed from {Translated} to {sourcePort}");
            if (Translated == 0)
            {
                Translated = sourcePort;
                MakeReply(frame);
            }
        }
        else
        {
            Assert.True(number > _lastReply, $"reply {number} to port {Port} came behind {_lastReply}");
            _lastReply = number;
            Assert.Equal(Port, destinationPort);
        }
    }

    private void MakeReply(ReadOnlySpan<byte> frame)
    {
        var request = Frames.Read(frame.ToArray());
        var reply = SampleChain.Reply(request) with { UdpChecksum = false, Payload = _request[NumberOffset..] };
        var tag = _program.Steer(1, Frames.Read(reply.Build()));
        _replyGroup = tag.Worker;
        _reply = (reply with { Vlan = (ushort)tag.Value }).Build();
    }
}
