using System.Runtime.CompilerServices;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>A connected switch, as far as the controller uses it. Calls may overlap.</summary>
public interface ISwitchConnection
{
    /// <summary>Reads rules with their counters.</summary>
    /// <param name="filter">Which rules.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SwitchException">The switch refused, did not answer, or is gone.</exception>
    Task<IReadOnlyList<CountedRule>> ReadRulesAsync(FlowFilter filter, CancellationToken cancellation);

    /// <summary>Reads rules with their counters, one after the other as they arrive, so that memory is bounded by what the caller keeps.</summary>
    /// <inheritdoc cref="ReadRulesAsync"/>
    async IAsyncEnumerable<CountedRule> StreamRulesAsync(FlowFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var rule in await ReadRulesAsync(filter, cancellation))
        {
            yield return rule;
        }
    }

    /// <summary>Sends messages, then waits until the switch has carried out or refused each of them.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Those that it refused.</returns>
    /// <exception cref="SwitchException">The switch did not answer or is gone; what it carried out is not known.</exception>
    Task<IReadOnlyList<RefusedRule>> ApplyAsync(IReadOnlyList<FlowMod> messages, ChangePace pace, CancellationToken cancellation);

    /// <summary>Has the switch carry out messages in their order, all of them in one step or none. Only for switches that have bundles.</summary>
    /// <returns>What it refused; when that is not empty, nothing was carried out.</returns>
    /// <exception cref="SwitchException">The switch did not answer, has no bundles, or is gone; whether it carried them out is not known.</exception>
    Task<IReadOnlyList<RefusedRule>> ApplyAtOnceAsync(IReadOnlyList<FlowMod> messages, CancellationToken cancellation);
}

/// <summary>How fast rules are sent to a switch.</summary>
public enum ChangePace
{
    /// <summary>As fast as the switch takes them: it has no rules, so it forwards nothing.</summary>
    Full,

    /// <summary>A little at a time, so that a switch that forwards in software gets to its packets in between.</summary>
    BesideTraffic,
}

/// <summary>A rule of a switch with its counters.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Packets">Packets so far.</param>
/// <param name="Bytes">Bytes so far.</param>
public sealed record CountedRule(InstalledRule Rule, ulong Packets, ulong Bytes);

/// <summary>A message that a switch refused.</summary>
/// <param name="Message">The message.</param>
/// <param name="Error">The switch's error, in words.</param>
public sealed record RefusedRule(FlowMod Message, string Error)
{
    /// <summary>The switch's error; null when it gave none.</summary>
    public OpenFlowErrorCode? Code { get; init; }
}

/// <summary>A switch did not do what it was asked, for the reason that the message says.</summary>
public sealed class SwitchException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SwitchException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
