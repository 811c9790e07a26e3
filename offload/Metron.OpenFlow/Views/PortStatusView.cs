using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>A port-status seen through its bytes, without allocation; see <see cref="PortStatus"/>.</summary>
public readonly ref struct PortStatusView
{
    private const int ReasonLength = 8;
    private const int FixedLength = 40;
    private const int EthernetLength = 24;
    private const int NameLength = 16;
    private const ushort EthernetType = 0;
    private const int PropertyPadding = 4;

    private readonly ReadOnlySpan<byte> _port;

    private PortStatusView(PortStatusReason reason, ReadOnlySpan<byte> port, EthernetPort? ethernet)
    {
        Reason = reason;
        _port = port;
        Ethernet = ethernet;
    }

    public PortStatusReason Reason { get; }

    public uint Number => BinaryPrimitives.ReadUInt32BigEndian(_port);

    public HardwareAddress HardwareAddress =>
        new(((ulong)BinaryPrimitives.ReadUInt16BigEndian(_port[8..]) << 32) | BinaryPrimitives.ReadUInt32BigEndian(_port[10..]));

    /// <summary>At most 16 Latin-1 characters, without the NUL behind them.</summary>
    public ReadOnlySpan<byte> Name
    {
        get
        {
            var name = _port.Slice(16, NameLength);
            var end = name.IndexOf((byte)0);
            return end < 0 ? name : name[..end];
        }
    }

    public PortConfiguration Configuration => (PortConfiguration)BinaryPrimitives.ReadUInt32BigEndian(_port[32..]);

    public PortState State => (PortState)BinaryPrimitives.ReadUInt32BigEndian(_port[36..]);

    /// <summary>Speeds and media; may be absent since OpenFlow 1.4.</summary>
    public EthernetPort? Ethernet { get; }

    /// <summary>Whether packets can pass: neither the administrator nor the link says otherwise.</summary>
    public bool IsUp => (Configuration & PortConfiguration.Down) == 0 && (State & PortState.LinkDown) == 0;

    /// <summary>Reads a port-status.</summary>
    /// <returns>Whether it is one, and well formed.</returns>
    public static bool TryRead(FrameView frame, out PortStatusView status)
    {
        status = default;
        var cursor = new SpanCursor(frame.Body);
        if (frame.Type != MessageType.PortStatus || !cursor.TryTake(ReasonLength, out var reason))
        {
            return false;
        }

        var hasProperties = frame.Version >= OpenFlowVersion.OpenFlow14;
        if (cursor.Rest.Length < FixedLength || (hasProperties && BinaryPrimitives.ReadUInt16BigEndian(cursor.Rest[4..]) != cursor.Rest.Length))
        {
            return false;
        }

        _ = cursor.TryTake(FixedLength, out var port);
        EthernetPort? ethernet = null;
        if (hasProperties ? !TryReadProperties(cursor, out ethernet) : !TryReadEthernet(cursor.Rest, out ethernet))
        {
            return false;
        }

        status = new PortStatusView((PortStatusReason)reason[0], port, ethernet);
        return true;
    }

    private static bool TryReadProperties(SpanCursor cursor, out EthernetPort? ethernet)
    {
        ethernet = null;
        while (!cursor.IsAtEnd)
        {
            if (!cursor.TryTakeList(out var type, out var property))
            {
                return false;
            }

            if (type == EthernetType && ethernet is null && property.Length == PropertyPadding + EthernetLength)
            {
                _ = TryReadEthernet(property[PropertyPadding..], out ethernet);
            }
        }

        return true;
    }

    private static bool TryReadEthernet(ReadOnlySpan<byte> bytes, out EthernetPort? ethernet)
    {
        ethernet = bytes.Length != EthernetLength ? null : new EthernetPort(
            (PortFeatures)BinaryPrimitives.ReadUInt32BigEndian(bytes),
            (PortFeatures)BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            (PortFeatures)BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            (PortFeatures)BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]));
        return ethernet is not null;
    }
}
