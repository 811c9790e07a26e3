namespace Metron.OpenFlow;

/// <summary>Which role to take with every switch that connects, before anything else is sent to it. Safe for concurrent use.</summary>
/// <remarks>
/// A switch obeys the master with the highest generation id. The last master stays what it is: a claim is made with a generation id above the one
/// that the switch has seen only where that was our own, or where <see cref="TakesOver"/> allows it. A switch that another controller has
/// taken from this one is not taken back while this process lives, so two controllers do not fight.
/// </remarks>
public sealed class RolePolicy
{
    private readonly HashSet<ulong> _lost = [];

    /// <summary>Creates a policy.</summary>
    /// <param name="role">The role with every switch; <see cref="ControllerRole.NoChange"/> asks for none.</param>
    /// <param name="generations">Keeps the generation ids.</param>
    public RolePolicy(ControllerRole role, IGenerationStore generations)
        : this(_ => role, generations)
    {
    }

    /// <summary>Creates a policy that differs by switch.</summary>
    /// <param name="role">The role with a datapath id; <see cref="ControllerRole.NoChange"/> asks for none. Safe for concurrent use.</param>
    /// <param name="generations">Keeps the generation ids.</param>
    public RolePolicy(Func<ulong, ControllerRole> role, IGenerationStore generations)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(generations);
        RoleWith = role;
        Generations = generations;
    }

    /// <summary>The role to take with a datapath id.</summary>
    public Func<ulong, ControllerRole> RoleWith { get; }

    /// <summary>Where generation ids are kept.</summary>
    public IGenerationStore Generations { get; }

    /// <summary>Whether a master takes a switch over that another controller was the last master of.</summary>
    public bool TakesOver { get; init; } = true;

    internal bool MayTakeOver(ulong datapathId)
    {
        lock (_lost)
        {
            return TakesOver && !_lost.Contains(datapathId);
        }
    }

    internal void Lost(ulong datapathId)
    {
        lock (_lost)
        {
            _lost.Add(datapathId);
        }
    }
}

/// <summary>Keeps the generation ids of mastership over a restart. Must be safe for concurrent use.</summary>
public interface IGenerationStore
{
    /// <summary>The generation id of our last claim on a switch; null when there was none.</summary>
    ulong? Last(ulong datapathId);

    /// <summary>Keeps the generation id of a claim that is about to be made; it must outlast a crash once this returns.</summary>
    void Put(ulong datapathId, ulong generationId);
}

/// <summary>A controller's role with a switch.</summary>
/// <param name="Role">The role.</param>
/// <param name="GenerationId">The generation id that it rests on; null when none was needed.</param>
/// <param name="Remark">What an operator should know about it; null for nothing.</param>
public sealed record RoleState(ControllerRole Role, ulong? GenerationId = null, string? Remark = null);

/// <summary>This controller is a slave to the switch: nothing that would change it is sent.</summary>
public sealed class NotMasterException(string problem) : Exception(problem);
