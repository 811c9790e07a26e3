using System.Buffers.Binary;
using System.Net.Sockets;
using Metron.OpenFlow;

namespace Metron.Bench.OpenFlow;

/// <summary>The fastest way to give a switch rules: all bytes of one bundle prepared beforehand, written to a bare socket at once. Nothing is attributed, nothing can be said of a refused rule.</summary>
internal sealed class RawBundle : IDisposable
{
    private const OpenFlowVersion Version = OpenFlowVersion.OpenFlow14;
    private const BundleFlags Flags = BundleFlags.Atomic | BundleFlags.Ordered;
    private const ushort CommitReply = 5;

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly byte[] _buffer = new byte[OpenFlowCodec.MaximumLength];

    /// <summary>Connects and greets.</summary>
    public RawBundle(RuleSwitch target)
    {
        _client.Connect(target.EndPoint);
        _client.GetStream().Write(OpenFlowCodec.Encode(Hello.WithVersions(VersionSet.Of(Version)), Version, 1));
        if (Receive() != MessageType.Hello)
        {
            throw new BenchmarkException("the switch does not greet");
        }
    }

    /// <summary>The bytes of a bundle: open, messages, close, commit.</summary>
    public static byte[] Prepare(IReadOnlyList<FlowMod> messages)
    {
        using var bytes = new MemoryStream();
        uint transaction = 10;
        void Add(OpenFlowMessage message) => bytes.Write(OpenFlowCodec.Encode(message, Version, transaction++));
        Add(new BundleControl(1, BundleControlKind.OpenRequest, Flags));
        foreach (var message in messages)
        {
            Add(new BundleAddMessage(1, Flags, message));
        }

        Add(new BundleControl(1, BundleControlKind.CloseRequest, Flags));
        Add(new BundleControl(1, BundleControlKind.CommitRequest, Flags));
        return bytes.ToArray();
    }

    /// <summary>Sends it, and waits until it is committed.</summary>
    /// <exception cref="BenchmarkException">The switch refused something.</exception>
    public void Send(byte[] bundle)
    {
        _client.GetStream().Write(bundle);
        while (true)
        {
            var type = Receive();
            if (type == MessageType.Error)
            {
                throw new BenchmarkException("the switch refuses the raw bundle");
            }

            if (type == MessageType.BundleControl && BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(12)) == CommitReply)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private MessageType Receive()
    {
        var stream = _client.GetStream();
        stream.ReadExactly(_buffer, 0, OpenFlowCodec.HeaderLength);
        stream.ReadExactly(_buffer, OpenFlowCodec.HeaderLength, BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(2)) - OpenFlowCodec.HeaderLength);
        return (MessageType)_buffer[1];
    }
}
