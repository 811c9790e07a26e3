namespace Metron.Balancing.Simulation;

/// <summary>How packets get to cores.</summary>
internal interface IDispatch
{
    /// <summary>When something other than an arrival is due, in nanoseconds; infinite when nothing is.</summary>
    double NextEvent { get; }

    /// <summary>Number of cores in use.</summary>
    int ActiveCores { get; }

    /// <summary>Flow groups that changed their core so far.</summary>
    long Moves { get; }

    /// <summary>Whether a core is in use.</summary>
    bool IsActive(int core);

    /// <summary>Takes packets.</summary>
    void Arrive(in Train train);

    /// <summary>Does what is due.</summary>
    void Advance(double now);

    /// <summary>Nanoseconds for which a core has handled packets up to now.</summary>
    double Busy(int core, double now);
}
