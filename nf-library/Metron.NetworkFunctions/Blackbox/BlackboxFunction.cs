using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Blackbox;

/// <summary>
/// A blackbox on one worker: leads packets to the interfaces of the closed program and from there back into the chain. What the interfaces do
/// while the program is down is the dataplane's, so that it concerns all flows from the next packet on.
/// </summary>
public sealed class BlackboxFunction(BlackboxConfiguration configuration) : NetworkFunction
{
    /// <inheritdoc/>
    public override string Name { get; } = configuration.Name;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) =>
        new(DropReason.None, BlackboxDeclaration.Opposite(port), BlackboxDeclaration.OutcomeOf(port), !packet.Headers.IsFragment);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) =>
        Verdict.ForwardOnce(BlackboxDeclaration.Opposite(port), BlackboxDeclaration.OutcomeOf(port));
}
