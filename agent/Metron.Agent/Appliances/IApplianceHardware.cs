using Metron.Dataplane;
using Metron.NetworkFunctions.Blackbox;

namespace Metron.Agent.Appliances;

/// <summary>The interfaces to closed programs, as the monitor sees them.</summary>
internal interface IApplianceHardware
{
    /// <summary>Counters and gates of all interfaces.</summary>
    IReadOnlyList<ApplianceStatistics> Read();

    /// <summary>Whether the link of an interface is up.</summary>
    bool IsLinkUp(int worker, string appliance, int side);

    /// <summary>Decides what a worker does with packets for an appliance.</summary>
    void SetGate(int worker, string appliance, ApplianceGate gate);

    /// <summary>Sends a probe into a side; nothing happens when that is not possible, and it is missed then.</summary>
    void SendProbe(int worker, string appliance, int side, uint number, BlackboxConfiguration blackbox);
}
