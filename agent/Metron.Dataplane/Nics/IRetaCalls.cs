using Metron.Dpdk;

namespace Metron.Dataplane.Nics;

/// <summary>The indirection table of a device; tests have one that errs.</summary>
internal interface IRetaCalls
{
    /// <summary>Reads the whole table.</summary>
    void Read(Span<ushort> queues);

    /// <summary>Writes entries.</summary>
    void Write(ReadOnlySpan<RetaEntry> entries);
}

/// <summary>The table of a DPDK device.</summary>
internal sealed class DeviceReta(EthernetDevice device) : IRetaCalls
{
    public void Read(Span<ushort> queues) => device.ReadReta(queues);

    public void Write(ReadOnlySpan<RetaEntry> entries) => device.WriteReta(entries);
}
