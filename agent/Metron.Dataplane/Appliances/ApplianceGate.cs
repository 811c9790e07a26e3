namespace Metron.Dataplane;

/// <summary>What a worker does with packets for a closed program.</summary>
public enum ApplianceGate
{
    /// <summary>They are given to it.</summary>
    Open,

    /// <summary>They pass it by: what would be given to one side goes on as if it had come from the other.</summary>
    Bypassed,

    /// <summary>They are dropped: <see cref="Packets.DropReason.BlackboxDown"/>.</summary>
    Closed,
}

/// <summary>What went over a worker's interfaces to a closed program since the start of the dataplane.</summary>
/// <param name="Worker">Index of the worker.</param>
/// <param name="Appliance">Name of the appliance.</param>
/// <param name="Gate">What is done with packets for it.</param>
/// <param name="Inside">Its inside.</param>
/// <param name="Outside">Its outside.</param>
public sealed record ApplianceStatistics(
    int Worker, string Appliance, ApplianceGate Gate, ApplianceSideStatistics Inside, ApplianceSideStatistics Outside)
{
    /// <summary>One of the sides: 0 inside, 1 outside.</summary>
    public ApplianceSideStatistics Side(int side) => side == 0 ? Inside : Outside;
}

/// <summary>What went over one interface to a closed program; probes are not counted.</summary>
/// <param name="Given">Frames that its device took, without tag.</param>
/// <param name="Returned">Frames that the program returned.</param>
/// <param name="Bypassed">Packets that passed it by.</param>
/// <param name="Dropped">Packets for it that were dropped: the gate was closed, or the device took no more.</param>
/// <param name="AnsweredProbe">Number of the last probe that came out here after it had been sent into the other side; 0 for none.</param>
public readonly record struct ApplianceSideStatistics(
    PacketCount Given, PacketCount Returned, ulong Bypassed, ulong Dropped, uint AnsweredProbe);
