using Metron.Packets;

namespace Metron.Reference.Frames;

/// <summary>A packet on its way through the functions, without VLAN header.</summary>
/// <param name="frame">The frame as it came.</param>
/// <param name="fields">Its fields; functions change them.</param>
/// <param name="embedded">For an ICMP error, the packet that it is about.</param>
internal sealed class ReferencePacket(byte[] frame, IpFields fields, IpFields? embedded)
{
    /// <summary>The frame as it came.</summary>
    public byte[] Frame { get; } = frame;

    /// <summary>Fields as they came.</summary>
    public IpFields Before { get; } = fields.Copy();

    public IpFields Fields { get; } = fields;

    public IpFields? EmbeddedBefore { get; } = embedded?.Copy();

    public IpFields? Embedded { get; } = embedded;

    /// <summary>Single bytes of the frame that functions wrote, by place.</summary>
    public Dictionary<int, byte> Written { get; } = [];

    /// <summary>Source MAC that a router wrote; null for none.</summary>
    public MacAddress? SourceMac { get; set; }

    /// <summary>Destination MAC that a router wrote; null for none.</summary>
    public MacAddress? DestinationMac { get; set; }

    /// <summary>A byte of the frame as it is now, for places that are no field's.</summary>
    public byte ByteAt(int place) => Written.TryGetValue(place, out var written) ? written : Frame[place];
}
