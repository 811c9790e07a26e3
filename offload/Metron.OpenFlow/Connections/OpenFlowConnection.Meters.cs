namespace Metron.OpenFlow;

/// <content>Reading meters; OpenFlow 1.3 and later.</content>
public sealed partial class OpenFlowConnection
{
    /// <summary>Meters and their bands.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<MeterDescription>> ReadMetersAsync(uint meter = MeterNumber.All, CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new MeterDescriptionRequest(meter), cancellation).ConfigureAwait(false), static part => part.Meters);

    /// <summary>Counters of a meter, or of all meters.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<MeterStats>> ReadMeterStatsAsync(uint meter = MeterNumber.All, CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new MeterStatsRequest(meter), cancellation).ConfigureAwait(false), static part => part.Meters);

    /// <summary>What meters the switch can do; none if <see cref="MeterFeaturesReply.MaximumMeters"/> is 0.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<MeterFeaturesReply> ReadMeterFeaturesAsync(CancellationToken cancellation = default) =>
        (await RequestAllAsync(new MeterFeaturesRequest(), cancellation).ConfigureAwait(false))[0];
}
