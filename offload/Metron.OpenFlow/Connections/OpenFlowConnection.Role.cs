namespace Metron.OpenFlow;

/// <content>The role with the switch.</content>
public sealed partial class OpenFlowConnection
{
    private RoleState _role = new(ControllerRole.Equal);

    /// <summary>Raised when the role changed after the connection was made, on the task that reads: a handler must not wait.</summary>
    public event Action<RoleState>? RoleChanged;

    /// <summary>The role as last heard of; equal where none was asked for.</summary>
    public RoleState Role => Volatile.Read(ref _role);

    private async Task TakeRoleAsync(CancellationToken cancellation)
    {
        if (_options.Role is not { } policy)
        {
            return;
        }

        var role = await new RoleClaim(this, policy, _options).RunAsync(cancellation).ConfigureAwait(false);
        Volatile.Write(ref _role, role);
        OpenFlowMetrics.RoleIs(role.Role);
        LogRole(_logger, DatapathId, role.Role, role.GenerationId);
        if (role.Remark is { } remark)
        {
            LogHandshakeNote(_logger, Peer, remark);
            HandshakeNotes = [.. HandshakeNotes, remark];
            Note(remark);
        }
    }

    /// <summary>The switch says that it has given this controller another role (OpenFlow 1.4 and later).</summary>
    private void FollowRole(RoleStatus status)
    {
        var before = Role;
        if (_options.Role is null || status.Role == before.Role)
        {
            return;
        }

        ChangeRole(new RoleState(status.Role, status.GenerationId, status.Role == ControllerRole.Slave
            ? $"another controller became its master with generation {status.GenerationId}, ours was {before.GenerationId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}; nothing is written to it any more"
            : $"the switch has made this controller {status.Role} ({status.Reason})"));
    }

    /// <summary>OpenFlow 1.3 tells a controller that it is no master any more only when it tries to write.</summary>
    private void FollowRefusal(ErrorMessage error)
    {
        if (error.Code == OpenFlowErrorCode.IsSlave && _options.Role is not null && Role.Role != ControllerRole.Slave)
        {
            ChangeRole(new RoleState(ControllerRole.Slave, null, "another controller became its master: the switch refuses writes (OFPBRC_IS_SLAVE); nothing is written to it any more"));
        }
    }

    private void ChangeRole(RoleState role)
    {
        Volatile.Write(ref _role, role);
        if (role.Role == ControllerRole.Slave)
        {
            _options.Role!.Lost(DatapathId);
        }

        OpenFlowMetrics.RoleIs(role.Role);
        LogRole(_logger, DatapathId, role.Role, role.GenerationId);
        RoleChanged?.Invoke(role);
    }

    /// <exception cref="NotMasterException">The message would change the switch, and this controller is its slave.</exception>
    private void RequireRoleFor(OpenFlowMessage message)
    {
        if (_options.Role is not null && Role is { Role: ControllerRole.Slave } role && Changes(message.Type))
        {
            throw new NotMasterException($"{message.Name} not sent: this controller is a slave to the switch{(role.Remark is { } remark ? $" ({remark})" : "")}");
        }
    }

    private static bool Changes(MessageType type) => type
        is MessageType.FlowMod or MessageType.GroupMod or MessageType.PortMod or MessageType.TableMod or MessageType.MeterMod
        or MessageType.SetConfig or MessageType.PacketOut or MessageType.BundleControl or MessageType.BundleAddMessage;
}
