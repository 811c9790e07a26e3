using Metron.NetworkFunctions.Runtime;

namespace Metron.NetworkFunctions.Transparent;

/// <summary>A transparent function on one worker: passes everything, keeps nothing.</summary>
public sealed class TransparentFunction(TransparentConfiguration configuration) : NetworkFunction
{
    /// <summary>The only outcome.</summary>
    public const int PassOutcome = 0;

    /// <inheritdoc/>
    public override string Name { get; } = configuration.Name;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) =>
        new(Packets.DropReason.None, 1 - port, PassOutcome, !packet.Headers.IsFragment);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.ForwardOnce(1 - port, PassOutcome);
}
