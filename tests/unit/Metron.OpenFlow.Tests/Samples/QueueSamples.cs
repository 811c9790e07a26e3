namespace Metron.OpenFlow.Tests.Samples;

/// <summary>Queues: describing and counting them.</summary>
internal static class QueueSamples
{
    public static IEnumerable<Sample> All(OpenFlowVersion version)
    {
        var has14 = version >= OpenFlowVersion.OpenFlow14;
        QueueDescription[] queues =
        [
            new() { Port = 1, Queue = 2, MinimumRate = 300, MaximumRate = 400 },
            new() { Port = 5, Queue = 6, MaximumRate = 700 },
            new() { Port = 8, Queue = 9 },
        ];
        var odd = new QueueDescription
        {
            Port = 10,
            Queue = 11,
            Properties = [new(0xffff, has14 ? [0, 0, 0x23, 0x20, 0, 0, 0, 1] : [0, 0, 0, 0, 0, 0, 0x23, 0x20, 0, 0, 0, 0]), new(77, [1, 2, 3, 4])],
        };
        yield return new("queue-stats-request", new QueueStatsRequest(1, 2));
        yield return new("queue-stats-request-all", new QueueStatsRequest());
        yield return new("queue-stats-reply", new QueueStatsReply(
        [
            new QueueStats { Port = 1, Queue = 2, TransmittedBytes = 3, TransmittedPackets = 4, TransmittedErrors = 5, Age = new FlowAge(6, 700_000_000) },
            new QueueStats { Port = 8, Queue = 9, Properties = has14 ? [new(0xffff, [0, 0, 0x23, 0x20, 0, 0, 0, 1])] : default },
        ]));
        if (has14)
        {
            yield return new("queue-description-request", new QueueDescriptionRequest(1, 2));
            yield return new("queue-description-reply", new QueueDescriptionReply([.. queues]));
            yield return new("queue-description-unknown", new QueueDescriptionReply([odd]), OvsReads: false);
        }
        else
        {
            yield return new("queue-get-config-request", new QueueGetConfigRequest(1));
            yield return new("queue-get-config-reply", new QueueGetConfigReply(1, [.. queues.Select(queue => queue with { Port = 1 })]));
            yield return new("queue-get-config-unknown", new QueueGetConfigReply(2, [odd]), OvsReads: false);
        }
    }
}
