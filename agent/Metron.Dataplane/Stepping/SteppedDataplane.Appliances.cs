using Metron.Dataplane.Appliances;

namespace Metron.Dataplane.Stepping;

/// <summary>The part that stands for closed programs: the caller is the program.</summary>
public sealed unsafe partial class SteppedDataplane
{
    private readonly MemoryWire[][] _applianceWires;

    /// <summary>Returns a frame from a closed program to a worker, and takes what becomes of it.</summary>
    /// <param name="worker">Index of the worker.</param>
    /// <param name="appliance">Name of the appliance.</param>
    /// <param name="side">The program's interface: 0 inside, 1 outside.</param>
    /// <param name="frame">The frame without tag.</param>
    public SteppedPacket Return(int worker, string appliance, int side, ReadOnlySpan<byte> frame)
    {
        _wires[worker].Sent = null;
        _applianceWires[worker][(IndexOf(worker, appliance) * 2) + side].Inject(frame);
        return Step(worker);
    }

    /// <summary>Decides what a worker does with packets for a closed program.</summary>
    public void SetGate(int worker, string appliance, ApplianceGate gate) => StateOf(worker, appliance).Gate = gate;

    /// <summary>What went over a worker's interfaces to a closed program.</summary>
    public ApplianceStatistics ReadAppliance(int worker, string appliance) => StateOf(worker, appliance).Read(worker);

    private ApplianceState StateOf(int worker, string appliance) => _workers[worker].Appliances[IndexOf(worker, appliance)];

    private int IndexOf(int worker, string appliance) => Array.FindIndex(_workers[worker].Appliances, state => state.Name == appliance);

    private GivenFrame? GivenBy(int worker)
    {
        var number = Array.FindIndex(_applianceWires[worker], wire => wire.Sent is not null);
        return number < 0 ? null : new GivenFrame(_workers[worker].Appliances[number / 2].Name, number % 2, _applianceWires[worker][number].Sent!);
    }
}

/// <summary>A frame that a worker gave to a closed program.</summary>
/// <param name="Appliance">Name of the appliance.</param>
/// <param name="Side">The program's interface: 0 inside, 1 outside.</param>
/// <param name="Frame">The frame, without tag.</param>
public sealed record GivenFrame(string Appliance, int Side, byte[] Frame);
