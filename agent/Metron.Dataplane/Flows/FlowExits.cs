using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Metron.Dataplane.Programs;
using Metron.Dpdk;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Flows;

/// <summary>
/// How packets leave: what is written over the first 16 bytes of the frame (MACs and tag), and the counters of the traffic class. Flows of the
/// same class with the same next hop share one, so that it stays in the first-level cache. One cache line.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct FlowExit
{
    /// <summary>Bits of the frame's first 16 bytes that stay.</summary>
    public Vector128<byte> Keep;

    /// <summary>Bits that are set in their place.</summary>
    public Vector128<byte> Value;

    public ulong Packets;

    public ulong Bytes;

    /// <summary>Worker's number of the program; 0 when free.</summary>
    public int Program;

    /// <summary>Index of the class in the program; -1 for none.</summary>
    public int Class;

    /// <summary>Number of the segment of the chain where packets go on (<see cref="Workers.Segments"/>); 0 when they leave.</summary>
    public int Continuation;
}

/// <summary>What makes an exit.</summary>
/// <param name="Program">Worker's number of the program.</param>
/// <param name="Endpoint">Endpoint that packets leave by.</param>
/// <param name="Class">Index of the class in the program; -1 for none.</param>
/// <param name="IsTagged">Whether packets carry a tag; not so on untagged devices.</param>
/// <param name="Destination">Destination MAC to write; <see cref="ExitKey.Unchanged"/> for none.</param>
/// <param name="Source">Source MAC to write; <see cref="ExitKey.Unchanged"/> for none.</param>
internal readonly record struct ExitKey(int Program, int Endpoint, int Class, bool IsTagged, MacAddress Destination, MacAddress Source)
{
    /// <summary>Number of the segment where packets go on; 0 when they leave.</summary>
    public int Continuation { get; init; }

    /// <summary>Stands for a MAC address that is left as it is: no address of 48 bits.</summary>
    public static MacAddress Unchanged => new(ulong.MaxValue);
}

/// <summary>
/// The exits of a flow group. Written by its owner's thread alone; the control thread reads counters and skips exits whose program it does not ask for.
/// </summary>
internal sealed unsafe class FlowExits : IDisposable
{
    /// <summary>Most exits of a flow group: a bound on next hops times classes.</summary>
    public const int Capacity = 1 << 16;

    /// <summary>Groups whose first exits lie in different sets of the first-level cache (4 KiB per way).</summary>
    private const int Colours = 32;

    private readonly NativeRegion _region;
    private readonly Dictionary<ExitKey, int> _numbers = new(256);
    private readonly Stack<int> _free = new(256);
    private int _highWater = 1;

    /// <param name="group">Number of the flow group: exits of different groups shall not meet in the same set of the cache.</param>
    /// <param name="usesHugePages">Whether they are to lie in huge pages.</param>
    public FlowExits(int group, bool usesHugePages)
    {
        _region = new NativeRegion((nuint)((Capacity + (2 * Colours)) * sizeof(FlowExit)), usesHugePages);
        Start = (FlowExit*)_region.Start + (2 * (group % Colours));
    }

    /// <summary>The array; number 0 counts what found no room.</summary>
    public FlowExit* Start { get; }

    /// <summary>All numbers are below.</summary>
    public int HighWater => Volatile.Read(ref _highWater);

    /// <summary>Finds an exit, or makes it.</summary>
    /// <param name="key">What makes it.</param>
    /// <param name="keep">Bits of the first 16 bytes to keep.</param>
    /// <param name="value">Bits to set.</param>
    /// <returns>Its number; 0 when there is no room.</returns>
    public int GetOrAdd(in ExitKey key, Vector128<byte> keep, Vector128<byte> value)
    {
        if (_numbers.TryGetValue(key, out var number))
        {
            return number;
        }

        if (!_free.TryPop(out number))
        {
            if (_highWater == Capacity)
            {
                return 0;
            }

            number = _highWater;
        }

        Start[number] = new FlowExit { Keep = keep, Value = value, Class = key.Class, Program = key.Program, Continuation = key.Continuation };
        Volatile.Write(ref _highWater, Math.Max(_highWater, number + 1));
        _numbers.Add(key, number);
        return number;
    }

    /// <summary>Writes MACs, and the egress tag if the packet leaves, and finds the exit that does so or makes it.</summary>
    /// <param name="mbuf">The packet.</param>
    /// <param name="key">What makes the exit.</param>
    /// <param name="slot">Where the packet entered its segment.</param>
    /// <returns>Number of the exit; 0 when there is no room.</returns>
    public int Write(Mbuf mbuf, in ExitKey key, IngressSlot slot)
    {
        var compiled = slot.Program.Compiled;
        var image = key.Continuation != 0 || !slot.IsTagged
            ? ExitImage.Make(null, 0, key.Destination, key.Source)
            : ExitImage.Make(compiled.Program.TagKind, compiled.Egress(key.Endpoint)!.Value, key.Destination, key.Source);
        ExitImage.Write(mbuf.Data, image.Keep, image.Value);
        return GetOrAdd(key, image.Keep, image.Value);
    }

    /// <summary>Frees the exits of a program; no flow entry may refer to them any more.</summary>
    public void RemoveProgram(int program)
    {
        foreach (var (key, number) in _numbers)
        {
            if (key.Program == program)
            {
                _numbers.Remove(key);
                Start[number].Program = 0;
                _free.Push(number);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();
}
