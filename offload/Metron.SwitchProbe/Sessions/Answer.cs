using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What the switch said to a message that is not answered when all is well.</summary>
/// <param name="Error">Its error; null when there was none.</param>
/// <param name="Transaction">Its transaction number, which later errors carry.</param>
/// <param name="NotSent">Why the message could not be sent in this version of the protocol; null when it was sent.</param>
internal readonly record struct Answer(ErrorMessage? Error, uint Transaction, string? NotSent = null)
{
    /// <summary>Whether the switch did not object. That the message took effect is another question.</summary>
    public bool IsSilent => Error is null && NotSent is null;

    /// <summary>Whether the table had no room.</summary>
    public bool IsTableFull => Error?.Code == OpenFlowErrorCode.FlowTableFull;

    /// <summary>The objection in a few words.</summary>
    public override string ToString() => NotSent ?? Error?.Code.Name ?? "accepted";
}
