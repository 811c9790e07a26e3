namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// One timer per handle, in a hashed wheel (Varghese and Lauck, SOSP 1987) of 8,192 slots of 128 ms. A deadline beyond the wheel's 17
/// minutes comes up early, and so does one that was extended meanwhile: whoever takes a handle looks at its real deadline and schedules it
/// again. None comes up before its turn of the wheel, none later than 128 ms after the call that is due.
/// </summary>
internal sealed class TimerWheel
{
    /// <summary>Binary logarithm of a tick in milliseconds.</summary>
    public const int TickBits = 7;

    private const int Slots = 8192;
    private readonly HandleLists _slots = new(Slots);
    private long _tick = long.MinValue;

    /// <summary>Sets the handle's timer, in place of the one it may have.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="deadline">When to come up, in milliseconds of the worker.</param>
    /// <param name="now">Milliseconds of the worker.</param>
    public void Schedule(int handle, long deadline, long now)
    {
        if (_tick == long.MinValue)
        {
            _tick = now >> TickBits;
        }

        var tick = (deadline + (1 << TickBits) - 1) >> TickBits;
        _slots.Remove(handle);
        _slots.Append((int)(Math.Clamp(tick, _tick + 1, _tick + Slots - 1) & (Slots - 1)), handle);
    }

    /// <summary>Removes the handle's timer, if it has one.</summary>
    public void Cancel(int handle) => _slots.Remove(handle);

    /// <summary>Takes the next handle that has come up, and its timer with it.</summary>
    public bool TryTake(long now, out int handle)
    {
        var last = now >> TickBits;
        if (_tick == long.MinValue)
        {
            handle = -1;
            return false;
        }

        _tick = Math.Max(_tick, last - Slots); // once round the wheel visits everything
        while (_tick <= last)
        {
            handle = _slots.First((int)(_tick & (Slots - 1)));
            if (handle >= 0)
            {
                _slots.Remove(handle);
                return true;
            }

            if (_tick == last)
            {
                break;
            }

            _tick++;
        }

        handle = -1;
        return false;
    }
}
