using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for the counters of a meter.</summary>
/// <param name="Meter">Meter number; <see cref="MeterNumber.All"/> for all.</param>
public sealed record MeterStatsRequest(uint Meter = MeterNumber.All) : MultipartRequest, IMultipartRequest<MeterStatsReply>
{
    public override MultipartType Kind => MultipartType.Meter;

    private protected override void AppendItems(StringBuilder text) => MeterText.AppendNumber(text, Meter);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Meter);
        writer.WriteZeros(4);
    }

    internal static MeterStatsRequest Read(ref OpenFlowReader reader)
    {
        var meter = reader.ReadUInt32();
        reader.Skip(4);
        return new MeterStatsRequest(meter);
    }
}

/// <summary>The counters of meters.</summary>
public sealed record MeterStatsReply(EquatableArray<MeterStats> Meters) : MultipartReply
{
    public override MultipartType Kind => MultipartType.Meter;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Meters);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var meter in Meters.AsSpan())
        {
            meter.Write(ref writer);
        }
    }
}

/// <summary>Counters of a meter (OpenFlow 1.3.5 section 7.3.5.11).</summary>
public sealed record MeterStats
{
    private const int FixedLength = 40;

    public uint Meter { get; init; }

    /// <summary>Rules that send packets here.</summary>
    public uint ReferenceCount { get; init; }

    /// <summary>Packets that came in.</summary>
    public ulong PacketCount { get; init; }

    /// <summary>Bytes that came in.</summary>
    public ulong ByteCount { get; init; }

    public FlowAge Age { get; init; }

    /// <summary>What each band was applied to, in the order of the bands.</summary>
    public EquatableArray<BandCounter> Bands { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder();
        MeterText.AppendNumber(text, Meter);
        text.Append($" flow_count:{ReferenceCount} packet_in_count:{PacketCount} byte_in_count:{ByteCount} duration:{Age} bands:");
        for (var i = 0; i < Bands.Count; i++)
        {
            text.Append($" {i}: packet_count:{Bands[i].PacketCount} byte_count:{Bands[i].ByteCount}");
        }

        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write(Meter);
        writer.WriteZeros(8);
        writer.Write(ReferenceCount);
        writer.Write(PacketCount);
        writer.Write(ByteCount);
        Age.Write(ref writer);
        foreach (var band in Bands.AsSpan())
        {
            writer.Write(band.PacketCount);
            writer.Write(band.ByteCount);
        }

        writer.PatchLength(start + 4, start);
    }

    internal static MeterStats Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var meter = reader.ReadUInt32();
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"meter statistics of length {length}, less than their fields");
        }

        var body = reader.Take(length - 6);
        body.Skip(6);
        var stats = new MeterStats
        {
            Meter = meter,
            ReferenceCount = body.ReadUInt32(),
            PacketCount = body.ReadUInt64(),
            ByteCount = body.ReadUInt64(),
            Age = FlowAge.Read(ref body),
        };
        var bands = new List<BandCounter>();
        while (!body.IsAtEnd)
        {
            bands.Add(new BandCounter(body.ReadUInt64(), body.ReadUInt64()));
        }

        return stats with { Bands = bands.ToEquatableArray() };
    }
}

/// <summary>What one band of a meter was applied to.</summary>
public readonly record struct BandCounter(ulong PacketCount, ulong ByteCount);
