namespace Metron.Dpdk;

/// <summary>How a device is set up before it is started.</summary>
/// <param name="Pool">Where received frames are put.</param>
public sealed record DeviceConfiguration(MbufPool Pool)
{
    /// <summary>Number of RX queues, 1 or more.</summary>
    public int ReceiveQueues { get; init; } = 1;

    /// <summary>Number of TX queues, 1 or more.</summary>
    public int TransmitQueues { get; init; } = 1;

    /// <summary>Descriptors per RX queue; adjusted to what the device can.</summary>
    public ushort ReceiveDescriptors { get; init; } = 1024;

    /// <summary>Descriptors per TX queue; adjusted to what the device can.</summary>
    public ushort TransmitDescriptors { get; init; } = 1024;

    /// <summary>MTU in bytes; 0 leaves it as it is.</summary>
    public int Mtu { get; init; }

    /// <summary>Whether frames to other MAC addresses are received too. A device that knows no other mode is left alone.</summary>
    public bool Promiscuous { get; init; } = true;

    /// <summary>What the device shall do on receive; it must be able to.</summary>
    public ReceiveOffloads ReceiveOffloads { get; init; }

    /// <summary>What the device shall do on transmit; it must be able to.</summary>
    public TransmitOffloads TransmitOffloads { get; init; }

    /// <summary>What of frames is hashed, to spread them over RX queues; none for no RSS. The device must be able to.</summary>
    public RssHashTypes RssHashTypes { get; init; }

    /// <summary>Toeplitz key of <see cref="DeviceCapabilities.HashKeySize"/> bytes; empty leaves the choice to the driver.</summary>
    public ReadOnlyMemory<byte> RssKey { get; init; }
}
