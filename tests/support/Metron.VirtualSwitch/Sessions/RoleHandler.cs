using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Roles and generation ids (OpenFlow 1.3.5 section 6.3.6).</summary>
internal static class RoleHandler
{
    public static void Handle(SwitchCore core, ControllerSession session, RoleRequest request, uint transaction)
    {
        if (request.Role > ControllerRole.Slave)
        {
            throw new Refusal(new OpenFlowErrorCode(11, 2));
        }

        if (request.Role is ControllerRole.Master or ControllerRole.Slave)
        {
            // Generation ids are compared as numbers on a circle.
            if (core.GenerationId is { } seen && unchecked((long)(request.GenerationId - seen)) < 0)
            {
                throw new Refusal(OpenFlowErrorCode.RoleStale);
            }

            core.GenerationId = request.GenerationId;
        }

        if (request.Role == ControllerRole.Master)
        {
            foreach (var other in core.Sessions.Where(other => other != session && other.Role == ControllerRole.Master))
            {
                other.Role = ControllerRole.Slave;
                Announce(core, other);
            }
        }

        session.Role = request.Role == ControllerRole.NoChange ? session.Role : request.Role;
        session.Send(new RoleReply(session.Role, core.GenerationId ?? ulong.MaxValue), transaction);
    }

    private static void Announce(SwitchCore core, ControllerSession session)
    {
        if (session.Version >= OpenFlowVersion.OpenFlow14)
        {
            session.Send(
                new RoleStatus { Role = session.Role, Reason = RoleStatusReason.MasterRequest, GenerationId = core.GenerationId ?? ulong.MaxValue }, 0);
        }
    }
}
