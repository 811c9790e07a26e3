namespace Metron.OpenFlow.Tests.Samples;

/// <summary>A message with a different value in every field, named for the golden files.</summary>
/// <param name="Name">Unique in its version.</param>
/// <param name="Message">The message.</param>
/// <param name="OvsReads">Whether Open vSwitch knows the message; it lacks some actions of the standard.</param>
public sealed record Sample(string Name, OpenFlowMessage Message, bool OvsReads = true)
{
    public static IReadOnlyList<OpenFlowVersion> Versions { get; } =
        [OpenFlowVersion.OpenFlow10, OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    /// <summary>Transaction number in the golden files.</summary>
    public const uint TransactionId = 0x1a2b3c4d;

    public static IReadOnlyList<Sample> All(OpenFlowVersion version) => version == OpenFlowVersion.OpenFlow10
        ? [.. OneDotZeroSamples.All()]
        : [.. SessionSamples.All(version), .. FlowSamples.All(version), .. MultipartSamples.Requests(version), .. MultipartSamples.Replies(version),
            .. MeterSamples.All(), .. QueueSamples.All(version), .. EventSamples.All(version),
            .. version >= OpenFlowVersion.OpenFlow15 ? OneDotFiveSamples.All() : []];

    public static TheoryData<OpenFlowVersion, string> Names(Func<Sample, bool>? filter = null) =>
        Names((_, sample) => filter is null || filter(sample));

    public static TheoryData<OpenFlowVersion, string> Names(Func<OpenFlowVersion, Sample, bool> filter)
    {
        var names = new TheoryData<OpenFlowVersion, string>();
        foreach (var version in Versions)
        {
            foreach (var sample in All(version).Where(sample => filter(version, sample)))
            {
                names.Add(version, sample.Name);
            }
        }

        return names;
    }

    public static Sample Find(OpenFlowVersion version, string name) => All(version).Single(sample => sample.Name == name);

    /// <summary>The message's bytes.</summary>
    public byte[] Encode(OpenFlowVersion version) => OpenFlowCodec.Encode(Message, version, TransactionId);
}
