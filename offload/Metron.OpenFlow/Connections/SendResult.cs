namespace Metron.OpenFlow;

/// <summary>What became of messages that were sent together.</summary>
/// <param name="Failures">The messages that the switch refused, in the order of its errors.</param>
/// <param name="AsBundle">Whether they were sent in a bundle: then either all took effect or none.</param>
/// <param name="BundleError">The switch's error for the bundle as a whole.</param>
public sealed record SendResult(EquatableArray<MessageFailure> Failures, bool AsBundle = false, ErrorMessage? BundleError = null)
{
    /// <summary>Whether every message took effect.</summary>
    public bool Succeeded => Failures.IsEmpty && BundleError is null;

    /// <summary>One line for logs.</summary>
    public override string ToString() => Succeeded
        ? "succeeded"
        : $"{Failures.Count} refused{(AsBundle ? ", bundle not applied" : "")}"
            + (BundleError is null ? "" : $" ({BundleError.Code.Name})")
            + (Failures.IsEmpty ? "" : $": {Failures[0]}");
}

/// <summary>A message that the switch refused.</summary>
/// <param name="Index">Its place among the messages sent together, from 0.</param>
/// <param name="Message">The message.</param>
/// <param name="Error">The switch's answer.</param>
public sealed record MessageFailure(int Index, OpenFlowMessage Message, ErrorMessage Error)
{
    /// <summary>Place, error and message in one line.</summary>
    public override string ToString() => $"message {Index}: {Error.Code.Name}: {Message}";
}
