namespace Metron.Balancing.Simulation;

/// <summary>
/// A receive queue with its core: packets are handled one after the other, in the order of their arrival (Lindley's recursion, so that no event is
/// needed for an end of service). Times are nanoseconds.
/// </summary>
internal sealed class CoreQueue(int descriptors)
{
    private readonly double[] departures = new double[descriptors];
    private long accepted;
    private long departed;

    /// <summary>When all that was accepted will have been handled.</summary>
    public double Free { get; private set; }

    /// <summary>Work that was accepted so far.</summary>
    public double Work { get; private set; }

    /// <summary>When a packet that arrives now would be taken from the queue.</summary>
    public double Start(double now) => Math.Max(Free, now);

    /// <summary>Takes a packet in, unless all descriptors are in use.</summary>
    /// <param name="now">When it arrives; not before the packet before it.</param>
    /// <param name="service">Time that it takes.</param>
    /// <param name="departure">When it has been handled.</param>
    public bool TryAccept(double now, double service, out double departure)
    {
        ref var descriptor = ref departures[accepted & (departures.Length - 1)];
        if (descriptor > now)
        {
            departure = 0;
            return false;
        }

        departure = Start(now) + service;
        descriptor = departure;
        Free = departure;
        Work += service;
        accepted++;
        return true;
    }

    /// <summary>Does work that came by no descriptor: packets that waited for a hand-over.</summary>
    /// <returns>When it has been done.</returns>
    public double Add(double now, double service)
    {
        Free = Start(now) + service;
        Work += service;
        return Free;
    }

    /// <summary>Does not poll before a time.</summary>
    public void Sleep(double until) => Free = Math.Max(Free, until);

    /// <summary>Work that has been done by a time.</summary>
    public double Done(double now) => Work - Math.Max(0, Free - now);

    /// <summary>Share of the descriptors that are in use at a time; times must not go back.</summary>
    public double Fill(double now)
    {
        departed = Math.Max(departed, accepted - departures.Length);
        while (departed < accepted && departures[departed & (departures.Length - 1)] <= now)
        {
            departed++;
        }

        return (double)(accepted - departed) / departures.Length;
    }
}
