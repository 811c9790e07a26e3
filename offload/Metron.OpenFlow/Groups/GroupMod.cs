using System.Text;

namespace Metron.OpenFlow;

/// <summary>Adds, changes or deletes a group (OpenFlow 1.3.5 section 7.3.4.2).</summary>
/// <param name="Command">What to do.</param>
/// <param name="Kind">How the group treats its buckets.</param>
/// <param name="Group">Number of the group; <see cref="GroupNumber.All"/> in a deletion means every group.</param>
/// <param name="Buckets">The buckets; none in a deletion.</param>
public sealed record GroupMod(GroupModCommand Command, GroupKind Kind, uint Group, EquatableArray<Bucket> Buckets = default) : OpenFlowMessage
{
    public override MessageType Type => MessageType.GroupMod;

    internal override void Append(StringBuilder text)
    {
        text.Append(Command switch
        {
            GroupModCommand.Add => "ADD ",
            GroupModCommand.Modify => "MOD ",
            GroupModCommand.Delete => "DEL ",
            _ => $"command_{(ushort)Command} ",
        });
        GroupText.Append(text, Group, Kind, Buckets);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write((ushort)Command);
        writer.Write((byte)Kind);
        writer.WriteZeros(1);
        writer.Write(Group);
        Bucket.WriteAll(ref writer, Buckets);
    }

    internal static GroupMod Read(ref OpenFlowReader reader)
    {
        var command = (GroupModCommand)reader.ReadUInt16();
        var kind = (GroupKind)reader.ReadByte();
        reader.Skip(1);
        return new GroupMod(command, kind, reader.ReadUInt32(), Bucket.ReadAll(ref reader));
    }
}

/// <summary>A list of actions of a group.</summary>
public sealed record Bucket
{
    private const int HeaderLength = 16;

    /// <summary>Share among the buckets of a <see cref="GroupKind.Select"/> group; 0 otherwise.</summary>
    public ushort Weight { get; init; }

    /// <summary>Port whose state decides whether a <see cref="GroupKind.FastFailover"/> bucket is live.</summary>
    public uint WatchPort { get; init; } = PortNumber.Any;

    /// <summary>Group whose state decides whether a <see cref="GroupKind.FastFailover"/> bucket is live.</summary>
    public uint WatchGroup { get; init; } = GroupNumber.Any;

    public EquatableArray<OpenFlowAction> Actions { get; init; }

    internal void Append(StringBuilder text)
    {
        text.Append("bucket=");
        if (Weight != 0)
        {
            text.Append("weight:").Append(Weight).Append(',');
        }

        if (WatchPort != PortNumber.Any)
        {
            OxmText.AppendPort(text.Append("watch_port:"), WatchPort);
            text.Append(',');
        }

        if (WatchGroup != GroupNumber.Any)
        {
            text.Append("watch_group:").Append(WatchGroup).Append(',');
        }

        text.Append("actions=");
        if (Actions.IsEmpty)
        {
            text.Append("drop");
        }

        ActionList.Append(text, Actions);
    }

    internal static EquatableArray<Bucket> ReadAll(ref OpenFlowReader reader)
    {
        if (reader.IsAtEnd)
        {
            return default;
        }

        var buckets = new List<Bucket>();
        while (!reader.IsAtEnd)
        {
            buckets.Add(ReadOne(ref reader));
        }

        return buckets.ToEquatableArray();
    }

    internal static void WriteAll(ref OpenFlowWriter writer, EquatableArray<Bucket> buckets)
    {
        foreach (var bucket in buckets.AsSpan())
        {
            var start = writer.Length;
            writer.Write((ushort)0);
            writer.Write(bucket.Weight);
            writer.Write(bucket.WatchPort);
            writer.Write(bucket.WatchGroup);
            writer.WriteZeros(4);
            ActionList.Write(ref writer, bucket.Actions);
            writer.PatchLength(start, start);
        }
    }

    private static Bucket ReadOne(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < HeaderLength)
        {
            throw new OpenFlowDecodeException(start, $"bucket of length {length}, less than its header");
        }

        var body = reader.Take(length - 2);
        var weight = body.ReadUInt16();
        var port = body.ReadUInt32();
        var group = body.ReadUInt32();
        body.Skip(4);
        return new Bucket { Weight = weight, WatchPort = port, WatchGroup = group, Actions = ActionList.Read(ref body) };
    }
}

/// <summary>Commands of <see cref="GroupMod"/> (<c>OFPGC_*</c>).</summary>
public enum GroupModCommand : ushort
{
    Add = 0,
    Modify = 1,
    Delete = 2,
}

/// <summary>How a group treats its buckets (<c>OFPGT_*</c>).</summary>
public enum GroupKind : byte
{
    /// <summary>A copy of the packet to each bucket.</summary>
    All = 0,

    /// <summary>One bucket per packet, by the switch's own hash.</summary>
    Select = 1,

    /// <summary>The only bucket.</summary>
    Indirect = 2,

    /// <summary>The first live bucket.</summary>
    FastFailover = 3,
}

/// <summary>Groups in words that <c>ovs-ofctl</c> reads.</summary>
internal static class GroupText
{
    public static void Append(StringBuilder text, uint group, GroupKind kind, EquatableArray<Bucket> buckets)
    {
        text.Append("group_id=").Append(group switch
        {
            GroupNumber.All => "all",
            GroupNumber.Any => "any",
            _ => $"{group}",
        });
        text.Append(",type=").Append(kind switch
        {
            GroupKind.All => "all",
            GroupKind.Select => "select",
            GroupKind.Indirect => "indirect",
            GroupKind.FastFailover => "ff",
            _ => $"{(byte)kind}",
        });
        foreach (var bucket in buckets.AsSpan())
        {
            bucket.Append(text.Append(','));
        }
    }
}
