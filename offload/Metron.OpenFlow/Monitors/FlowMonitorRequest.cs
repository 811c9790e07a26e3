using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks to be told of changes to rules, changes what is told, or ends it (OpenFlow 1.4.1 section 7.3.5.17).</summary>
/// <remarks>
/// Send it with <see cref="OpenFlowConnection.SendAllAsync"/>. What is there already and what changes later comes as <see cref="FlowMonitorReply"/> among
/// the events, because switches do not answer when there is nothing to tell.
/// </remarks>
public sealed record FlowMonitorRequest : MultipartRequest
{
    public override MultipartType Kind => MultipartType.FlowMonitor;

    /// <summary>The controller's number for the monitor.</summary>
    public uint Monitor { get; init; }

    public FlowMonitorCommand Command { get; init; }

    /// <summary>Of what to tell.</summary>
    public FlowMonitorFlags Options { get; init; }

    public byte Table { get; init; } = TableNumber.All;

    /// <summary>Only rules that output to this port.</summary>
    public uint OutPort { get; init; } = PortNumber.Any;

    /// <summary>Only rules that use this group.</summary>
    public uint OutGroup { get; init; } = GroupNumber.Any;

    /// <summary>Only rules at least as specific as this.</summary>
    public Match Match { get; init; } = Match.Any;

    private protected override void AppendItems(StringBuilder text)
    {
        text.Append($"id={Monitor} command={Command} options={Options} table=").Append(Table == TableNumber.All ? "all" : $"{Table}");
        var fields = new FieldList(text, ',');
        FlowText.AppendOutputs(ref fields, OutPort, OutGroup);
        FlowText.AppendMatch(ref fields, Match);
    }

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow14);
        writer.Write(Monitor);
        writer.Write(OutPort);
        writer.Write(OutGroup);
        writer.Write((ushort)Options);
        writer.Write(Table);
        writer.Write((byte)Command);
        Match.Write(ref writer);
    }

    internal static FlowMonitorRequest Read(ref OpenFlowReader reader) => new()
    {
        Monitor = reader.ReadUInt32(),
        OutPort = reader.ReadUInt32(),
        OutGroup = reader.ReadUInt32(),
        Options = (FlowMonitorFlags)reader.ReadUInt16(),
        Table = reader.ReadByte(),
        Command = (FlowMonitorCommand)reader.ReadByte(),
        Match = Match.Read(ref reader),
    };
}

/// <summary>Commands of <see cref="FlowMonitorRequest"/> (<c>OFPFMC_*</c>).</summary>
public enum FlowMonitorCommand : byte
{
    Add = 0,
    Modify = 1,
    Delete = 2,
}

/// <summary>Of what a monitor tells (<c>OFPFMF_*</c>).</summary>
[Flags]
public enum FlowMonitorFlags : ushort
{
    None = 0,

    /// <summary>What is there when the monitor is made.</summary>
    Initial = 1,
    Added = 2,
    Removed = 4,
    Modified = 8,

    /// <summary>With instructions.</summary>
    Instructions = 16,

    /// <summary>The controller's own changes in full, too, instead of by their transaction number. Open vSwitch refuses it, with an error in version 1.0.</summary>
    NoAbbreviations = 32,

    /// <summary>Only this controller's own changes.</summary>
    OnlyOwn = 64,
}
