using System.Text;

namespace Metron.OpenFlow;

/// <summary>The free space of a table crossed a threshold (OpenFlow 1.4.1 section 7.4.5).</summary>
public sealed record TableStatus(TableStatusReason Reason, TableSettings Table) : OpenFlowMessage
{
    public override MessageType Type => MessageType.TableStatus;

    internal override void Append(StringBuilder text)
    {
        text.Append($"reason={Reason} ");
        Table.Append(text);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow14);
        writer.Write((byte)Reason);
        writer.WriteZeros(7);
        TableDescriptionReply.WriteOne(ref writer, Table);
    }

    internal static TableStatus Read(ref OpenFlowReader reader)
    {
        var reason = (TableStatusReason)reader.ReadByte();
        reader.Skip(7);
        return new TableStatus(reason, TableDescriptionReply.ReadOne(ref reader));
    }
}

/// <summary>What happened to a table's free space (<c>OFPTR_*</c>).</summary>
public enum TableStatusReason : byte
{
    /// <summary>Less is free than <see cref="TableVacancy.DownPercent"/>.</summary>
    VacancyDown = 3,

    /// <summary>More is free again than <see cref="TableVacancy.UpPercent"/>.</summary>
    VacancyUp = 4,
}
