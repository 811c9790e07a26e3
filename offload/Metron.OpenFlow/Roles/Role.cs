using System.Text;

namespace Metron.OpenFlow;

/// <summary>What a controller is to a switch (<c>OFPCR_ROLE_*</c>).</summary>
public enum ControllerRole : uint
{
    NoChange = 0,
    Equal = 1,

    /// <summary>The only one that may write.</summary>
    Master = 2,

    /// <summary>May only read.</summary>
    Slave = 3,
}

/// <summary>Takes or asks for a role (OpenFlow 1.3.5 section 7.3.9).</summary>
/// <param name="Role">The role wanted; <see cref="ControllerRole.NoChange"/> only asks.</param>
/// <param name="GenerationId">Number of the election; the switch refuses a smaller one than it has seen with
/// <see cref="OpenFlowErrorCode.RoleStale"/>.</param>
public sealed record RoleRequest(ControllerRole Role, ulong GenerationId) : OpenFlowMessage, IOpenFlowRequest<RoleReply>
{
    public override MessageType Type => MessageType.RoleRequest;

    /// <summary>The controller's number for itself, which other controllers are told; 0 for none. OpenFlow 1.5, not sent before.</summary>
    public ushort ShortId { get; init; }

    internal override void Append(StringBuilder text) => RoleText.Append(text, Role, GenerationId, ShortId);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version) =>
        RoleText.Write(ref writer, Role, ShortId, GenerationId);
}

/// <summary>The role that holds now.</summary>
/// <param name="Role">The controller's role.</param>
/// <param name="GenerationId">The largest the switch has seen; all ones when it has seen none.</param>
public sealed record RoleReply(ControllerRole Role, ulong GenerationId) : OpenFlowMessage
{
    public override MessageType Type => MessageType.RoleReply;

    /// <summary>The controller's number for itself, which other controllers are told; 0 for none. OpenFlow 1.5, not sent before.</summary>
    public ushort ShortId { get; init; }

    internal override void Append(StringBuilder text) => RoleText.Append(text, Role, GenerationId, ShortId);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version) =>
        RoleText.Write(ref writer, Role, ShortId, GenerationId);
}

/// <summary>The switch changed the controller's role (OpenFlow 1.4.1 section 7.4.4).</summary>
public sealed record RoleStatus : OpenFlowMessage
{
    public override MessageType Type => MessageType.RoleStatus;

    public ControllerRole Role { get; init; }

    public RoleStatusReason Reason { get; init; }

    public ulong GenerationId { get; init; }

    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    internal override void Append(StringBuilder text)
    {
        RoleText.Append(text, Role, GenerationId);
        text.Append($" reason={Reason}");
        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        Since14.Require(this, version);
        writer.Write((uint)Role);
        writer.Write((byte)Reason);
        writer.WriteZeros(3);
        writer.Write(GenerationId);
        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static RoleStatus Read(ref OpenFlowReader reader)
    {
        var role = (ControllerRole)reader.ReadUInt32();
        var reason = (RoleStatusReason)reader.ReadByte();
        reader.Skip(3);
        return new RoleStatus
        {
            Role = role,
            Reason = reason,
            GenerationId = reader.ReadUInt64(),
            Properties = OpenFlowProperty.ReadAll(ref reader),
        };
    }
}

/// <summary>Why a role changed (<c>OFPCRR_*</c>).</summary>
public enum RoleStatusReason : byte
{
    MasterRequest = 0,
    Configuration = 1,
    Experimenter = 2,
}

/// <summary>Roles in the words of the standard.</summary>
internal static class RoleText
{
    public static RoleRequest ReadRequest(ref OpenFlowReader reader)
    {
        var (role, id, generation) = Read(ref reader);
        return new RoleRequest(role, generation) { ShortId = id };
    }

    public static RoleReply ReadReply(ref OpenFlowReader reader)
    {
        var (role, id, generation) = Read(ref reader);
        return new RoleReply(role, generation) { ShortId = id };
    }

    public static void Write(ref OpenFlowWriter writer, ControllerRole role, ushort shortId, ulong generation)
    {
        writer.Write((uint)role);
        writer.Write(writer.Version >= OpenFlowVersion.OpenFlow15 ? shortId : (ushort)0);
        writer.WriteZeros(2);
        writer.Write(generation);
    }

    private static (ControllerRole Role, ushort ShortId, ulong Generation) Read(ref OpenFlowReader reader)
    {
        var role = (ControllerRole)reader.ReadUInt32();
        var id = reader.ReadUInt16();
        reader.Skip(2);
        return (role, reader.Version >= OpenFlowVersion.OpenFlow15 ? id : (ushort)0, reader.ReadUInt64());
    }

    public static void Append(StringBuilder text, ControllerRole role, ulong generation, ushort shortId = 0)
    {
        text.Append("role=").Append(role switch
        {
            ControllerRole.NoChange => "nochange",
            ControllerRole.Equal => "equal",
            ControllerRole.Master => "master",
            ControllerRole.Slave => "slave",
            _ => $"{(uint)role}",
        });
        text.Append(" generation_id=").Append(generation);
        text.Append(shortId == 0 ? "" : $" short_id={shortId}");
    }
}
