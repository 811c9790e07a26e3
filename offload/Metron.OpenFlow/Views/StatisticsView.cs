using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>The counters that OpenFlow 1.5 lists behind a rule, found without allocation.</summary>
internal readonly struct StatisticsView
{
    private const int TimeLength = 8;
    private const int CountLength = 8;
    private const int HeaderLength = 4;
    private const int ExperimenterLength = 4;

    private StatisticsView(FlowAge age, ulong packets, ulong bytes)
    {
        Age = age;
        PacketCount = packets;
        ByteCount = bytes;
    }

    public FlowAge Age { get; }

    public ulong PacketCount { get; }

    public ulong ByteCount { get; }

    public static bool TryTake(scoped ref SpanCursor cursor, out StatisticsView statistics)
    {
        statistics = default;
        var (age, packets, bytes) = (FlowAge.Unknown, ulong.MaxValue, ulong.MaxValue);
        if (!cursor.TryTakeList(out _, out var list))
        {
            return false;
        }

        while (!list.IsEmpty)
        {
            if (list.Length < HeaderLength || list.Length < HeaderLength + list[3])
            {
                return false;
            }

            var field = list.Slice(HeaderLength, list[3]);
            var type = new OxsType(BinaryPrimitives.ReadUInt16BigEndian(list), (byte)(list[2] >> 1), IsReserved: (list[2] & 1) != 0);
            if (type.IsExperimenter && field.Length < ExperimenterLength)
            {
                return false;
            }

            // The first of each counts, as in RuleStatistics.
            if (type == OxsType.Duration && field.Length == TimeLength && age == FlowAge.Unknown)
            {
                age = new FlowAge(BinaryPrimitives.ReadUInt32BigEndian(field), BinaryPrimitives.ReadUInt32BigEndian(field[4..]));
            }
            else if (type == OxsType.PacketCount && field.Length == CountLength && packets == ulong.MaxValue)
            {
                packets = BinaryPrimitives.ReadUInt64BigEndian(field);
            }
            else if (type == OxsType.ByteCount && field.Length == CountLength && bytes == ulong.MaxValue)
            {
                bytes = BinaryPrimitives.ReadUInt64BigEndian(field);
            }

            list = list[(HeaderLength + field.Length)..];
        }

        statistics = new StatisticsView(age, packets, bytes);
        return true;
    }
}
