using Polly;
using Polly.Retry;

namespace Metron.OpenFlow;

/// <summary>Takes the role that the policy wants, as the first thing after FEATURES_REPLY.</summary>
/// <remarks>OpenFlow 1.3.5 section 6.3.6 and 7.3.9. The switch's own generation id is read first, by a request that changes nothing.</remarks>
internal sealed class RoleClaim(OpenFlowConnection connection, RolePolicy policy, OpenFlowConnectionOptions options)
{
    /// <summary>What a switch says that has seen no generation id yet.</summary>
    private const ulong Unset = ulong.MaxValue;

    private const int Retries = 4;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    private readonly ControllerRole _wanted = policy.RoleWith(connection.DatapathId);

    /// <exception cref="HandshakeException">The switch did not answer.</exception>
    public async Task<RoleState> RunAsync(CancellationToken cancellation)
    {
        if (_wanted == ControllerRole.NoChange)
        {
            return new RoleState(ControllerRole.Equal);
        }

        if (connection.Version < OpenFlowVersion.OpenFlow13)
        {
            return Without($"OpenFlow {connection.Version.ToDotted()} has no roles");
        }

        try
        {
            return _wanted switch
            {
                ControllerRole.Master => await ClaimAsync(cancellation).ConfigureAwait(false),
                ControllerRole.Slave => await SlaveAsync(await ReadAsync(cancellation).ConfigureAwait(false), null, cancellation).ConfigureAwait(false),
                _ => new RoleState((await RequestAsync(ControllerRole.Equal, 0, cancellation).ConfigureAwait(false)).Role),
            };
        }
        catch (OpenFlowErrorException refusal)
        {
            return Without($"it refuses role {Name(_wanted)} ({refusal.Error.Code.Name})");
        }
        catch (Exception exception) when (exception is TimeoutException or ConnectionClosedException or UnexpectedReplyException or OpenFlowDecodeException)
        {
            throw new HandshakeException(HandshakeFault.NoRole, $"no role: {exception.Message}", exception) { Negotiated = connection.Version };
        }
    }

    /// <summary>Whether a generation id is later than another; they wrap around (section 6.3.6).</summary>
    internal static bool IsLater(ulong generation, ulong than) => (long)(generation - than) > 0;

    private async Task<RoleState> ClaimAsync(CancellationToken cancellation)
    {
        var attempts = new ResiliencePipelineBuilder { TimeProvider = options.TimeProvider }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<OpenFlowErrorException>(IsStale),
            MaxRetryAttempts = Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstDelay,
        }).Build();
        try
        {
            return await attempts.ExecuteAsync(async token => await ClaimOnceAsync(token).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }
        catch (OpenFlowErrorException refusal) when (IsStale(refusal))
        {
            var theirs = await ReadAsync(cancellation).ConfigureAwait(false);
            return await SlaveAsync(theirs, Stale(Last(), theirs), cancellation).ConfigureAwait(false);
        }
    }

    private async Task<RoleState> ClaimOnceAsync(CancellationToken cancellation)
    {
        var theirs = await ReadAsync(cancellation).ConfigureAwait(false);
        var ours = Last();
        var isOthers = theirs != Unset && (ours is null || IsLater(theirs, ours.Value));
        if (isOthers && !policy.MayTakeOver(connection.DatapathId))
        {
            return await SlaveAsync(theirs, Stale(ours, theirs), cancellation).ConfigureAwait(false);
        }

        var next = Next(ours, theirs);
        try
        {
            policy.Generations.Put(connection.DatapathId, next);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new HandshakeException(HandshakeFault.NoRole, $"no role: generation id {next} could not be stored: {exception.Message}", exception)
            {
                Negotiated = connection.Version,
            };
        }

        var reply = await RequestAsync(ControllerRole.Master, next, cancellation).ConfigureAwait(false);
        return new RoleState(reply.Role, next, isOthers ? $"taken over from another controller: its generation was {theirs}, ours is {next}" : null);
    }

    private async Task<RoleState> SlaveAsync(ulong theirs, string? remark, CancellationToken cancellation)
    {
        var generation = theirs == Unset ? Last() ?? 0 : theirs;
        var reply = await RequestAsync(ControllerRole.Slave, generation, cancellation).ConfigureAwait(false);
        return new RoleState(reply.Role, theirs == Unset ? null : theirs, remark);
    }

    private async Task<ulong> ReadAsync(CancellationToken cancellation) =>
        (await RequestAsync(ControllerRole.NoChange, 0, cancellation).ConfigureAwait(false)).GenerationId;

    private Task<RoleReply> RequestAsync(ControllerRole role, ulong generation, CancellationToken cancellation) =>
        connection.RequestRoleAsync(role, generation, cancellation).WaitAsync(options.HandshakeTimeout, options.TimeProvider, cancellation);

    private ulong? Last() => policy.Generations.Last(connection.DatapathId);

    private static ulong Next(ulong? ours, ulong theirs)
    {
        var highest = theirs == Unset ? ours ?? 0 : ours is { } own && IsLater(own, theirs) ? own : theirs;
        var next = unchecked(highest + 1);
        return next == Unset ? 0 : next;
    }

    /// <summary>Where the switch knows no roles, every controller may write; one that is to be slave writes nothing all the same.</summary>
    private RoleState Without(string why) => _wanted == ControllerRole.Slave
        ? new RoleState(ControllerRole.Slave, null, $"{why}; this controller writes nothing to it, as configured")
        : new RoleState(ControllerRole.Equal, null, _wanted == ControllerRole.Equal ? null : $"{why}; every controller may write to it");

    private static string Stale(ulong? ours, ulong theirs) =>
        $"stale generation: ours is {ours?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, the switch has {theirs} from another controller, which stays its master; nothing is written to it";

    private static bool IsStale(OpenFlowErrorException refusal) => refusal.Error.Code == OpenFlowErrorCode.RoleStale;

    private static string Name(ControllerRole role) => role switch
    {
        ControllerRole.Master => "master",
        ControllerRole.Slave => "slave",
        _ => "equal",
    };
}
