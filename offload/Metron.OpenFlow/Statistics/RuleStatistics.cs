namespace Metron.OpenFlow;

/// <summary>The statistics of a rule, or of several together, as OpenFlow 1.5 lists them. A field that is all ones is left out, as one that is left out reads all ones.</summary>
internal record struct RuleStatistics()
{
    private const int TimeLength = 8;
    private const int CountLength = 8;
    private const int FlowCountLength = 4;

    public FlowAge Age { get; set; } = FlowAge.Unknown;

    public FlowAge? IdleTime { get; set; }

    public uint FlowCount { get; set; } = uint.MaxValue;

    public ulong PacketCount { get; set; } = ulong.MaxValue;

    public ulong ByteCount { get; set; } = ulong.MaxValue;

    /// <summary>Fields unknown here, and repetitions.</summary>
    public EquatableArray<OxsField> Others { get; set; }

    public readonly void Write(ref OpenFlowWriter writer)
    {
        var start = OxsList.Begin(ref writer);
        if (Age != FlowAge.Unknown)
        {
            OxsField.WriteHeader(ref writer, OxsType.Duration, TimeLength);
            Age.Write(ref writer);
        }

        if (IdleTime is { } idle)
        {
            OxsField.WriteHeader(ref writer, OxsType.IdleTime, TimeLength);
            idle.Write(ref writer);
        }

        if (FlowCount != uint.MaxValue)
        {
            OxsField.WriteHeader(ref writer, OxsType.FlowCount, FlowCountLength);
            writer.Write(FlowCount);
        }

        WriteCount(ref writer, OxsType.PacketCount, PacketCount);
        WriteCount(ref writer, OxsType.ByteCount, ByteCount);
        OxsList.Write(ref writer, Others);
        OxsList.End(ref writer, start);
    }

    public static RuleStatistics Read(ref OpenFlowReader reader)
    {
        var part = OxsList.Take(ref reader);
        var statistics = new RuleStatistics();
        List<OxsField>? others = null;
        while (!part.IsAtEnd)
        {
            var before = part;
            var type = OxsField.ReadHeader(ref part, out var length);
            if (!statistics.TryTake(type, length, ref part))
            {
                part = before;
                (others ??= []).Add(OxsField.Read(ref part));
            }
        }

        return others is null ? statistics : statistics with { Others = others.ToEquatableArray() };
    }

    /// <summary>As the statistics of one rule: a number of rules is not part of them.</summary>
    public readonly RuleStatistics WithoutFlowCount() =>
        FlowCount == uint.MaxValue ? this : this with { FlowCount = uint.MaxValue, Others = [OxsField.FlowCount(FlowCount), .. Others] };

    /// <summary>As the sum over several rules: times are not part of it.</summary>
    public readonly RuleStatistics WithoutTimes()
    {
        var others = Others;
        if (IdleTime is { } idle)
        {
            others = [OxsField.IdleTime(idle), .. others];
        }

        if (Age != FlowAge.Unknown)
        {
            others = [OxsField.Duration(Age), .. others];
        }

        return this with { Age = FlowAge.Unknown, IdleTime = null, Others = others };
    }

    private bool TryTake(OxsType type, int length, ref OpenFlowReader reader)
    {
        if (type.Class != OxsType.BasicClass || type.IsReserved)
        {
            return false;
        }

        switch (type.Number, length)
        {
            case (0, TimeLength) when Age == FlowAge.Unknown:
                Age = FlowAge.Read(ref reader);
                return true;
            case (1, TimeLength) when IdleTime is null:
                IdleTime = FlowAge.Read(ref reader);
                return true;
            case (3, FlowCountLength) when FlowCount == uint.MaxValue:
                FlowCount = reader.ReadUInt32();
                return true;
            case (4, CountLength) when PacketCount == ulong.MaxValue:
                PacketCount = reader.ReadUInt64();
                return true;
            case (5, CountLength) when ByteCount == ulong.MaxValue:
                ByteCount = reader.ReadUInt64();
                return true;
            default:
                return false;
        }
    }

    private static void WriteCount(ref OpenFlowWriter writer, OxsType type, ulong count)
    {
        if (count != ulong.MaxValue)
        {
            OxsField.WriteHeader(ref writer, type, CountLength);
            writer.Write(count);
        }
    }
}
