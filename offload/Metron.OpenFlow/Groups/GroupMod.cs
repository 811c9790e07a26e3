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

    /// <summary>
    /// For <see cref="GroupModCommand.InsertBucket"/> the bucket after which to insert, for <see cref="GroupModCommand.RemoveBucket"/> which to remove: a number or one
    /// of <see cref="BucketNumber"/>. OpenFlow 1.5; not sent before.
    /// </summary>
    public uint CommandBucket { get; init; } = BucketNumber.All;

    /// <summary>Properties, all unknown here; OpenFlow 1.5, not sent before.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    internal override void Append(StringBuilder text)
    {
        text.Append(Command switch
        {
            GroupModCommand.Add => "ADD ",
            GroupModCommand.Modify => "MOD ",
            GroupModCommand.Delete => "DEL ",
            GroupModCommand.InsertBucket => "INSERT_BUCKET ",
            GroupModCommand.RemoveBucket => "REMOVE_BUCKET ",
            _ => $"command_{(ushort)Command} ",
        });
        if (Command is GroupModCommand.InsertBucket or GroupModCommand.RemoveBucket || CommandBucket != BucketNumber.All)
        {
            text.Append("command_bucket_id:").Append(CommandBucket switch
            {
                BucketNumber.First => "first",
                BucketNumber.Last => "last",
                BucketNumber.All => "all",
                _ => $"{CommandBucket}",
            }).Append(',');
        }

        GroupText.Append(text, Group, Kind, Buckets);
        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write((ushort)Command);
        writer.Write((byte)Kind);
        writer.WriteZeros(1);
        writer.Write(Group);
        if (version < OpenFlowVersion.OpenFlow15)
        {
            Bucket.WriteAll(ref writer, Buckets);
            return;
        }

        var field = writer.Length;
        writer.WriteZeros(4);
        writer.Write(CommandBucket);
        Bucket15.WriteAll(ref writer, field, Buckets);
        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static GroupMod Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var command = (GroupModCommand)reader.ReadUInt16();
        var kind = (GroupKind)reader.ReadByte();
        reader.Skip(1);
        var group = reader.ReadUInt32();
        if (version < OpenFlowVersion.OpenFlow15)
        {
            return new GroupMod(command, kind, group, Bucket.ReadAll(ref reader));
        }

        var bucketBytes = reader.ReadUInt16();
        reader.Skip(2);
        var commandBucket = reader.ReadUInt32();
        return new GroupMod(command, kind, group, Bucket15.ReadAll(ref reader, bucketBytes))
        {
            CommandBucket = commandBucket,
            Properties = OpenFlowProperty.ReadAll(ref reader),
        };
    }
}

/// <summary>A list of actions of a group.</summary>
public sealed record Bucket
{
    private const int HeaderLength = 16;

    /// <summary>Number of the bucket in its group; null for its position in the list. OpenFlow 1.5; not sent before.</summary>
    public uint? Id { get; init; }

    /// <summary>Share among the buckets of a <see cref="GroupKind.Select"/> group; 0 otherwise.</summary>
    public ushort Weight { get; init; }

    /// <summary>Port whose state decides whether a <see cref="GroupKind.FastFailover"/> bucket is live.</summary>
    public uint WatchPort { get; init; } = PortNumber.Any;

    /// <summary>Group whose state decides whether a <see cref="GroupKind.FastFailover"/> bucket is live.</summary>
    public uint WatchGroup { get; init; } = GroupNumber.Any;

    public EquatableArray<OpenFlowAction> Actions { get; init; }

    /// <summary>Properties unknown here; OpenFlow 1.5, not sent before.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    internal void Append(StringBuilder text)
    {
        text.Append("bucket=");
        text.Append(Id is { } id ? $"bucket_id:{id}," : "");
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
        OpenFlowProperty.AppendAll(text, Properties);
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

    /// <summary>Adds buckets to a group; OpenFlow 1.5.</summary>
    InsertBucket = 3,

    /// <summary>Takes buckets out of a group; OpenFlow 1.5.</summary>
    RemoveBucket = 5,
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
