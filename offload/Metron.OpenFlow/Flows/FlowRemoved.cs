using System.Text;

namespace Metron.OpenFlow;

/// <summary>A rule went away (OpenFlow 1.3.5 section 7.4.2).</summary>
public sealed record FlowRemoved : OpenFlowMessage
{
    public override MessageType Type => MessageType.FlowRemoved;

    public ulong Cookie { get; init; }

    public ushort Priority { get; init; }

    public FlowRemovedReason Reason { get; init; }

    public byte Table { get; init; }

    /// <summary>How long the rule was there.</summary>
    public FlowAge Age { get; init; }

    public ushort IdleTimeoutSeconds { get; init; }

    public ushort HardTimeoutSeconds { get; init; }

    public ulong PacketCount { get; init; }

    public ulong ByteCount { get; init; }

    public Match Match { get; init; } = Match.Any;

    /// <summary>Time since the last packet; OpenFlow 1.5, null when not said.</summary>
    public FlowAge? IdleTime { get; init; }

    /// <summary>Statistics unknown here; OpenFlow 1.5, not sent before.</summary>
    public EquatableArray<OxsField> OtherStatistics { get; init; }

    internal override void Append(StringBuilder text)
    {
        text.Append($"priority={Priority}");
        var fields = new FieldList(text, ',');
        FlowText.AppendMatch(ref fields, Match);
        text.Append($" reason={Reason} table_id={Table} cookie=0x{Cookie:x} duration={Age} idle={IdleTimeoutSeconds} hard={HardTimeoutSeconds}");
        text.Append($" pkts={PacketCount} bytes={ByteCount}");
        text.Append(IdleTime is { } quiet ? $" idle_age={quiet}" : "");
        OxsList.Append(text, " ", OtherStatistics);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            Flow15.Write(ref writer, this);
            return;
        }

        writer.Write(Cookie);
        writer.Write(Priority);
        writer.Write((byte)Reason);
        writer.Write(Table);
        Age.Write(ref writer);
        writer.Write(IdleTimeoutSeconds);
        writer.Write(HardTimeoutSeconds);
        writer.Write(PacketCount);
        writer.Write(ByteCount);
        Match.Write(ref writer);
    }

    internal static FlowRemoved Read(ref OpenFlowReader reader) => reader.Version >= OpenFlowVersion.OpenFlow15 ? Flow15.ReadRemoved(ref reader) : new()
    {
        Cookie = reader.ReadUInt64(),
        Priority = reader.ReadUInt16(),
        Reason = (FlowRemovedReason)reader.ReadByte(),
        Table = reader.ReadByte(),
        Age = FlowAge.Read(ref reader),
        IdleTimeoutSeconds = reader.ReadUInt16(),
        HardTimeoutSeconds = reader.ReadUInt16(),
        PacketCount = reader.ReadUInt64(),
        ByteCount = reader.ReadUInt64(),
        Match = Match.Read(ref reader),
    };
}

/// <summary>Why a rule went away (<c>OFPRR_*</c>); those above 3 are of OpenFlow 1.4.</summary>
public enum FlowRemovedReason : byte
{
    IdleTimeout = 0,
    HardTimeout = 1,
    Delete = 2,
    GroupDelete = 3,
    MeterDelete = 4,
    Eviction = 5,
}

/// <summary>A time span as switches count it.</summary>
/// <param name="Seconds">Whole seconds.</param>
/// <param name="Nanoseconds">Rest, 0 to 999,999,999.</param>
public readonly record struct FlowAge(uint Seconds, uint Nanoseconds)
{
    /// <summary>What a switch says that does not know it: all ones.</summary>
    public static FlowAge Unknown { get; } = new(uint.MaxValue, uint.MaxValue);

    /// <summary>The same time span, cut to 100 ns.</summary>
    public TimeSpan ToTimeSpan() => TimeSpan.FromSeconds(Seconds) + TimeSpan.FromTicks(Nanoseconds / 100);

    /// <summary>Seconds with nine decimals at most, and "s"; a question mark when it is not known.</summary>
    public override string ToString() => this == Unknown ? "?" : Nanoseconds == 0 ? $"{Seconds}s" : $"{Seconds}.{$"{Nanoseconds:d9}".TrimEnd('0')}s";

    internal void Write(ref OpenFlowWriter writer)
    {
        writer.Write(Seconds);
        writer.Write(Nanoseconds);
    }

    internal static FlowAge Read(ref OpenFlowReader reader) => new(reader.ReadUInt32(), reader.ReadUInt32());
}
