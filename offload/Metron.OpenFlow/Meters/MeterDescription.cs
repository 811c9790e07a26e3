using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for a meter as it was set.</summary>
/// <param name="Meter">Meter number; <see cref="MeterNumber.All"/> for all.</param>
public sealed record MeterDescriptionRequest(uint Meter = MeterNumber.All) : MultipartRequest, IMultipartRequest<MeterDescriptionReply>
{
    public override MultipartType Kind => MultipartType.MeterDescription;

    private protected override void AppendItems(StringBuilder text) => MeterText.AppendNumber(text, Meter);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Meter);
        writer.WriteZeros(4);
    }

    internal static MeterDescriptionRequest Read(ref OpenFlowReader reader)
    {
        var meter = reader.ReadUInt32();
        reader.Skip(4);
        return new MeterDescriptionRequest(meter);
    }
}

/// <summary>Meters as they were set.</summary>
public sealed record MeterDescriptionReply(EquatableArray<MeterDescription> Meters) : MultipartReply
{
    public override MultipartType Kind => MultipartType.MeterDescription;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Meters);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var meter in Meters.AsSpan())
        {
            meter.Write(ref writer);
        }
    }
}

/// <summary>A meter of the switch (OpenFlow 1.3.5 section 7.3.5.12).</summary>
public sealed record MeterDescription(uint Meter, MeterFlags Flags, EquatableArray<MeterBand> Bands)
{
    private const int FixedLength = 8;

    /// <summary>The message that adds this meter, or with another command changes it.</summary>
    public MeterMod ToMeterMod(MeterModCommand command = MeterModCommand.Add) => new(command, Meter, Flags, Bands);

    public override string ToString()
    {
        var text = new StringBuilder();
        MeterText.Append(text, Meter, Flags, Bands);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write((ushort)Flags);
        writer.Write(Meter);
        MeterBand.WriteAll(ref writer, Bands);
        writer.PatchLength(start, start);
    }

    internal static MeterDescription Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"meter description of length {length}, less than its fields");
        }

        var body = reader.Take(length - 2);
        var flags = (MeterFlags)body.ReadUInt16();
        return new MeterDescription(body.ReadUInt32(), flags, MeterBand.ReadAll(ref body));
    }
}

/// <summary>Asks what meters the switch can do.</summary>
public sealed record MeterFeaturesRequest : EmptyMultipartRequest, IMultipartRequest<MeterFeaturesReply>
{
    public override MultipartType Kind => MultipartType.MeterFeatures;
}

/// <summary>What meters the switch can do (OpenFlow 1.3.5 section 7.3.5.13, 1.5.1 section 7.3.5.13).</summary>
public sealed record MeterFeaturesReply : MultipartReply
{
    public override MultipartType Kind => MultipartType.MeterFeatures;

    /// <summary>Largest number of meters.</summary>
    public uint MaximumMeters { get; init; }

    /// <summary>Bit n stands for <see cref="MeterBandType"/> n.</summary>
    public uint BandTypes { get; init; }

    public MeterFlags Capabilities { get; init; }

    /// <summary>Largest number of bands of a meter.</summary>
    public byte MaximumBands { get; init; }

    public byte MaximumColor { get; init; }

    /// <summary>Where meters may stand as actions (<c>OFPMFF_*</c>); OpenFlow 1.5, null when not said (Open vSwitch).</summary>
    public uint? Features { get; init; }

    /// <summary>Whether meters with bands of this type can be made.</summary>
    public bool CanUse(MeterBandType type) => (ushort)type < 32 && (BandTypes >> (ushort)type & 1) != 0;

    private protected override void AppendItems(StringBuilder text)
    {
        text.Append($"max_meter:{MaximumMeters} max_bands:{MaximumBands} max_color:{MaximumColor} band_types:0x{BandTypes:x} capabilities: {Capabilities}");
        text.Append(Features is { } features ? $" features:0x{features:x}" : "");
    }

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(MaximumMeters);
        writer.Write(BandTypes);
        writer.Write((uint)Capabilities);
        writer.Write(MaximumBands);
        writer.Write(MaximumColor);
        writer.WriteZeros(2);
        if (version >= OpenFlowVersion.OpenFlow15 && Features is { } features)
        {
            writer.Write(features);
            writer.WriteZeros(4);
        }
    }

    internal static MeterFeaturesReply Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var reply = new MeterFeaturesReply
        {
            MaximumMeters = reader.ReadUInt32(),
            BandTypes = reader.ReadUInt32(),
            Capabilities = (MeterFlags)reader.ReadUInt32(),
            MaximumBands = reader.ReadByte(),
            MaximumColor = reader.ReadByte(),
        };
        reader.Skip(2);
        if (version < OpenFlowVersion.OpenFlow15 || reader.IsAtEnd)
        {
            return reply;
        }

        var features = reader.ReadUInt32();
        reader.Skip(4);
        return reply with { Features = features };
    }
}
