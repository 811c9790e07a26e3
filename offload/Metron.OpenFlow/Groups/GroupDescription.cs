using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for the groups of the switch.</summary>
/// <param name="Group">Group number; <see cref="GroupNumber.All"/> for all. Another needs OpenFlow 1.5.</param>
public sealed record GroupDescriptionRequest(uint Group = GroupNumber.All) : MultipartRequest, IMultipartRequest<GroupDescriptionReply>
{
    public override MultipartType Kind => MultipartType.GroupDescription;

    private protected override void AppendItems(StringBuilder text) => text.Append(Group == GroupNumber.All ? "" : $"group_id={Group}");

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            writer.Write(Group);
            writer.WriteZeros(4);
        }
        else if (Group != GroupNumber.All)
        {
            VersionRange.Require("the description of a single group", version, OpenFlowVersion.OpenFlow15);
        }
    }

    internal static GroupDescriptionRequest Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        if (version < OpenFlowVersion.OpenFlow15 || reader.IsAtEnd)
        {
            return new GroupDescriptionRequest();
        }

        var group = reader.ReadUInt32();
        reader.Skip(4);
        return new GroupDescriptionRequest(group);
    }
}

/// <summary>The groups of the switch.</summary>
public sealed record GroupDescriptionReply(EquatableArray<GroupDescription> Groups) : MultipartReply
{
    public override MultipartType Kind => MultipartType.GroupDescription;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Groups);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var group in Groups.AsSpan())
        {
            group.Write(ref writer);
        }
    }
}

/// <summary>A group of the switch (OpenFlow 1.3.5 section 7.3.5.9, 1.5.1 section 7.3.5.11).</summary>
public sealed record GroupDescription(GroupKind Kind, uint Group, EquatableArray<Bucket> Buckets)
{
    private const int FixedLength = 8;

    /// <summary>Properties, all unknown here; OpenFlow 1.5.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder();
        GroupText.Append(text, Group, Kind, Buckets);
        OpenFlowProperty.AppendAll(text, Properties);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write((byte)Kind);
        writer.WriteZeros(1);
        writer.Write(Group);
        if (writer.Version < OpenFlowVersion.OpenFlow15)
        {
            Bucket.WriteAll(ref writer, Buckets);
        }
        else
        {
            var field = writer.Length;
            writer.WriteZeros(8);
            Bucket15.WriteAll(ref writer, field, Buckets);
            OpenFlowProperty.WriteAll(ref writer, Properties);
        }

        writer.PatchLength(start, start);
    }

    internal static GroupDescription Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"group description of length {length}, less than its fields");
        }

        var body = reader.Take(length - 2);
        var kind = (GroupKind)body.ReadByte();
        body.Skip(1);
        var group = body.ReadUInt32();
        if (version < OpenFlowVersion.OpenFlow15)
        {
            return new GroupDescription(kind, group, Bucket.ReadAll(ref body));
        }

        var bucketBytes = body.ReadUInt16();
        body.Skip(6);
        return new GroupDescription(kind, group, Bucket15.ReadAll(ref body, bucketBytes)) { Properties = OpenFlowProperty.ReadAll(ref body) };
    }
}

/// <summary>Asks what groups the switch can do.</summary>
public sealed record GroupFeaturesRequest : EmptyMultipartRequest, IMultipartRequest<GroupFeaturesReply>
{
    public override MultipartType Kind => MultipartType.GroupFeatures;
}

/// <summary>What groups the switch can do (OpenFlow 1.3.5 section 7.3.5.10).</summary>
public sealed record GroupFeaturesReply : MultipartReply
{
    private const int KindCount = 4;

    public override MultipartType Kind => MultipartType.GroupFeatures;

    /// <summary>Bit n stands for <see cref="GroupKind"/> n.</summary>
    public uint Kinds { get; init; }

    public GroupCapabilities Capabilities { get; init; }

    /// <summary>Largest number of groups, by <see cref="GroupKind"/>; four numbers.</summary>
    public EquatableArray<uint> MaximumGroups { get; init; } = [0, 0, 0, 0];

    /// <summary>Bit n stands for <see cref="ActionType"/> n, by <see cref="GroupKind"/>; four bit sets.</summary>
    public EquatableArray<uint> Actions { get; init; } = [0, 0, 0, 0];

    private protected override void AppendItems(StringBuilder text)
    {
        text.Append($"types=0x{Kinds:x} capabilities={Capabilities}");
        for (var kind = 0; kind < KindCount; kind++)
        {
            text.Append($" {(GroupKind)kind}: max_groups={MaximumGroups[kind]} actions=0x{Actions[kind]:x}");
        }
    }

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (MaximumGroups.Count != KindCount || Actions.Count != KindCount)
        {
            throw new OpenFlowEncodeException("group features need four numbers, one for each kind of group");
        }

        writer.Write(Kinds);
        writer.Write((uint)Capabilities);
        foreach (var number in MaximumGroups.AsSpan())
        {
            writer.Write(number);
        }

        foreach (var actions in Actions.AsSpan())
        {
            writer.Write(actions);
        }
    }

    internal static GroupFeaturesReply Read(ref OpenFlowReader reader) => new()
    {
        Kinds = reader.ReadUInt32(),
        Capabilities = (GroupCapabilities)reader.ReadUInt32(),
        MaximumGroups = [reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32()],
        Actions = [reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32()],
    };
}

/// <summary>What groups can do (<c>OFPGFC_*</c>).</summary>
[Flags]
public enum GroupCapabilities : uint
{
    None = 0,
    SelectWeight = 1,
    SelectLiveness = 2,
    Chaining = 4,
    ChainingChecks = 8,
}
