using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>What rules of a connected switch refer to: meters. Calls may overlap.</summary>
public interface ISwitchResources
{
    /// <summary>Reads all meters.</summary>
    /// <exception cref="SwitchException">The switch refused, did not answer, or is gone.</exception>
    Task<IReadOnlyList<MeterDescription>> ReadMetersAsync(CancellationToken cancellation);

    /// <summary>Adds, changes or deletes meters, then waits until the switch has done so or refused.</summary>
    /// <returns>What it refused, in words; empty when it did all.</returns>
    /// <exception cref="SwitchException">The switch did not answer or is gone.</exception>
    Task<IReadOnlyList<string>> ChangeMetersAsync(IReadOnlyList<MeterMod> changes, CancellationToken cancellation);
}
