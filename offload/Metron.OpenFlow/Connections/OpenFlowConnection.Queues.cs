namespace Metron.OpenFlow;

/// <content>Reading queues.</content>
public sealed partial class OpenFlowConnection
{
    /// <summary>Queues and their rates; since OpenFlow 1.4 by <see cref="QueueDescriptionRequest"/>, before by <see cref="QueueGetConfigRequest"/>.</summary>
    /// <param name="port">Port number; <see cref="PortNumber.Any"/> for all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<QueueDescription>> ReadQueuesAsync(uint port = PortNumber.Any, CancellationToken cancellation = default) =>
        Version >= OpenFlowVersion.OpenFlow14
            ? Concatenate(await RequestAllAsync(new QueueDescriptionRequest(port), cancellation).ConfigureAwait(false), static part => part.Queues)
            : (await RequestAsync(new QueueGetConfigRequest(port), cancellation).ConfigureAwait(false)).Queues;

    /// <summary>Counters of a queue, or of all queues of a port, or of all.</summary>
    /// <param name="port">Port number; <see cref="PortNumber.Any"/> for all.</param>
    /// <param name="queue">Queue number; <see cref="QueueNumber.All"/> for all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<QueueStats>> ReadQueueStatsAsync(
        uint port = PortNumber.Any, uint queue = QueueNumber.All, CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new QueueStatsRequest(port, queue), cancellation).ConfigureAwait(false), static part => part.Queues);
}
