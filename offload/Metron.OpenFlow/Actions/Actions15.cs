using System.Text;

namespace Metron.OpenFlow;

/// <summary>Passes the packet through a meter, which may drop it; OpenFlow 1.5, where it replaces <see cref="MeterInstruction"/>.</summary>
/// <remarks>
/// In front of the actions of an <see cref="ApplyActionsInstruction"/> it reads as a <see cref="MeterInstruction"/> before that instruction, so that one
/// rule is the same in all versions; use that there.
/// </remarks>
public sealed record MeterAction(uint Meter) : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.Meter;

    internal override void Append(StringBuilder text) => text.Append("meter:").Append(Meter);

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        VersionRange.Require("the action meter", writer.Version, OpenFlowVersion.OpenFlow15);
        writer.Write(Meter);
    }
}

/// <summary>Copies bits of one header field into another; OpenFlow 1.5.</summary>
/// <param name="BitCount">How many bits.</param>
/// <param name="SourceOffset">First bit in the source, from the least significant.</param>
/// <param name="DestinationOffset">First bit in the destination, from the least significant.</param>
/// <param name="Source">Field that is read.</param>
/// <param name="Destination">Field that is written.</param>
public sealed record CopyFieldAction(ushort BitCount, ushort SourceOffset, ushort DestinationOffset, OxmHeader Source, OxmHeader Destination)
    : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.CopyField;

    /// <summary>Copies all bits of a known field into another of at least that size.</summary>
    /// <exception cref="ArgumentException">One of the fields is unknown.</exception>
    public static CopyFieldAction Whole(OxmType source, OxmType destination)
    {
        var from = Header(source);
        return new CopyFieldAction((ushort)Oxm.Describe(source)!.Bits, 0, 0, from, Header(destination));
    }

    internal override void Append(StringBuilder text)
    {
        text.Append("move:");
        Append(text, Source, SourceOffset);
        text.Append("->");
        Append(text, Destination, DestinationOffset);
    }

    internal static CopyFieldAction Read(ref OpenFlowReader body)
    {
        var bits = body.ReadUInt16();
        var source = body.ReadUInt16();
        var destination = body.ReadUInt16();
        body.Skip(2);
        var action = new CopyFieldAction(bits, source, destination, OxmHeader.Read(ref body), OxmHeader.Read(ref body));
        if (body.Remaining > 7)
        {
            throw body.Error($"{body.Remaining} bytes after the fields of copy-field");
        }

        body.Skip(body.Remaining);
        return action;
    }

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        VersionRange.Require("the action copy-field", writer.Version, OpenFlowVersion.OpenFlow15);
        writer.Write(BitCount);
        writer.Write(SourceOffset);
        writer.Write(DestinationOffset);
        writer.WriteZeros(2);
        Source.Write(ref writer);
        Destination.Write(ref writer);
    }

    private static OxmHeader Header(OxmType type) => Oxm.Describe(type) is { } known
        ? new OxmHeader(type, HasMask: false, (byte)known.Bytes)
        : throw new ArgumentException($"{type.Name} is not a known match field", nameof(type));

    private void Append(StringBuilder text, OxmHeader field, ushort offset) =>
        text.Append($"{field.Type.Name}[{offset}..{offset + BitCount - 1}]");
}
