using Metron.Packets;
using Metron.Reference;

namespace Metron.Offline;

/// <summary>What the compiled chain chose for a packet, told to the interpreter.</summary>
/// <param name="calls">The functions that the packet was shown to.</param>
/// <param name="worker">The worker that carried it.</param>
internal sealed class RecordedChoices(IReadOnlyList<FunctionCall> calls, int worker) : IChoices
{
    /// <inheritdoc/>
    public int Worker { get; } = worker;

    /// <inheritdoc/>
    public OutsideChoice ChooseOutside(BindingRequest request)
    {
        var (found, call) = Find(request.Configuration.Name);
        if (!found || call.Before.Source != request.Inside || call.Before.SourcePort != request.Port)
        {
            return new OutsideChoice(ChoiceKind.Missing);
        }

        return !call.Verdict.IsDrop ? new OutsideChoice(ChoiceKind.Made, call.After.Source, call.After.SourcePort)
            : new OutsideChoice(call.Verdict.Reason == DropReason.PortsExhausted ? ChoiceKind.Refused : ChoiceKind.Missing);
    }

    /// <inheritdoc/>
    public BackendChoice ChooseBackend(BackendRequest request)
    {
        var (found, call) = Find(request.Configuration.Name);
        if (!found || call.Before.Source != request.Client || call.Before.SourcePort != request.Port)
        {
            return new BackendChoice(ChoiceKind.Missing);
        }

        return !call.Verdict.IsDrop ? new BackendChoice(ChoiceKind.Made, call.After.Destination, call.After.DestinationPort)
            : new BackendChoice(call.Verdict.Reason == DropReason.NoBackend ? ChoiceKind.Refused : ChoiceKind.Missing);
    }

    private (bool Found, FunctionCall Call) Find(string function)
    {
        foreach (var call in calls)
        {
            if (call.Function == function)
            {
                return (true, call);
            }
        }

        return (false, default);
    }
}
