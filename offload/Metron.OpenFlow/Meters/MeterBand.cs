using System.Text;

namespace Metron.OpenFlow;

/// <summary>What a meter does with packets above a rate (OpenFlow 1.3.5 section 7.3.4.4). The band of the highest rate that is exceeded applies.</summary>
/// <param name="Rate">Kilobits or packets per second, by <see cref="MeterFlags"/>.</param>
/// <param name="BurstSize">Kilobits or packets that may come at once; counts with <see cref="MeterFlags.Burst"/> only.</param>
public abstract record MeterBand(uint Rate, uint BurstSize)
{
    private const int HeaderLength = 12;
    private const int UsualLength = 16;

    private protected abstract ushort WireType { get; }

    /// <summary>The band as <c>ovs-ofctl add-meter</c> reads it.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    internal void Append(StringBuilder text)
    {
        text.Append("type=");
        AppendType(text);
        text.Append($",rate={Rate}");
        if (BurstSize != 0)
        {
            text.Append($",burst_size={BurstSize}");
        }

        AppendArguments(text);
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write(WireType);
        writer.Write((ushort)0);
        writer.Write(Rate);
        writer.Write(BurstSize);
        WriteArguments(ref writer);
        writer.PatchLength(start + 2, start);
    }

    internal static MeterBand Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var type = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        if (length < HeaderLength)
        {
            throw new OpenFlowDecodeException(start, $"meter band of length {length}, less than its fields");
        }

        var body = reader.Take(length - 4);
        var rate = body.ReadUInt32();
        var burst = body.ReadUInt32();
        return ((MeterBandType)type, length) switch
        {
            (MeterBandType.Drop, UsualLength) => new DropBand(rate, burst),
            (MeterBandType.DscpRemark, UsualLength) => new DscpRemarkBand(rate, burst, body.ReadByte()),
            _ => new UnknownBand(type, rate, burst, body.ReadRest()),
        };
    }

    internal static void AppendAll(StringBuilder text, EquatableArray<MeterBand> bands)
    {
        foreach (var band in bands.AsSpan())
        {
            band.Append(text.Append(",band="));
        }
    }

    internal static EquatableArray<MeterBand> ReadAll(ref OpenFlowReader reader)
    {
        if (reader.IsAtEnd)
        {
            return default;
        }

        var bands = new List<MeterBand>();
        while (!reader.IsAtEnd)
        {
            bands.Add(Read(ref reader));
        }

        return bands.ToEquatableArray();
    }

    internal static void WriteAll(ref OpenFlowWriter writer, EquatableArray<MeterBand> bands)
    {
        foreach (var band in bands.AsSpan())
        {
            band.Write(ref writer);
        }
    }

    private protected abstract void AppendType(StringBuilder text);

    private protected virtual void AppendArguments(StringBuilder text)
    {
    }

    private protected virtual void WriteArguments(ref OpenFlowWriter writer) => writer.WriteZeros(4);
}

/// <summary>Drops what is above the rate.</summary>
public sealed record DropBand(uint Rate, uint BurstSize = 0) : MeterBand(Rate, BurstSize)
{
    private protected override ushort WireType => (ushort)MeterBandType.Drop;

    private protected override void AppendType(StringBuilder text) => text.Append("drop");
}

/// <summary>Raises the drop precedence in the DSCP of what is above the rate.</summary>
/// <param name="Rate">Kilobits or packets per second.</param>
/// <param name="BurstSize">Kilobits or packets that may come at once.</param>
/// <param name="PrecedenceLevel">By how much to raise it, 1 or more.</param>
public sealed record DscpRemarkBand(uint Rate, uint BurstSize, byte PrecedenceLevel) : MeterBand(Rate, BurstSize)
{
    private protected override ushort WireType => (ushort)MeterBandType.DscpRemark;

    private protected override void AppendType(StringBuilder text) => text.Append("dscp_remark");

    private protected override void AppendArguments(StringBuilder text) => text.Append($",prec_level={PrecedenceLevel}");

    private protected override void WriteArguments(ref OpenFlowWriter writer)
    {
        writer.Write(PrecedenceLevel);
        writer.WriteZeros(3);
    }
}

/// <summary>An experimenter's band, or one of a type unknown here, kept as it came.</summary>
/// <param name="Type">Band type on the wire.</param>
/// <param name="Rate">Kilobits or packets per second.</param>
/// <param name="BurstSize">Kilobits or packets that may come at once.</param>
/// <param name="Body">What follows the burst size: for an experimenter's, its number comes first.</param>
public sealed record UnknownBand(ushort Type, uint Rate, uint BurstSize, EquatableArray<byte> Body) : MeterBand(Rate, BurstSize)
{
    private protected override ushort WireType => Type;

    private protected override void AppendType(StringBuilder text) => text.Append($"0x{Type:x}({Body})");

    private protected override void WriteArguments(ref OpenFlowWriter writer) => writer.Write(Body);
}

/// <summary>Types of meter bands (<c>OFPMBT_*</c>).</summary>
public enum MeterBandType : ushort
{
    Drop = 1,
    DscpRemark = 2,
    Experimenter = 0xffff,
}
