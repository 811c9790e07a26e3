using System.Buffers.Binary;

namespace Metron.VirtualSwitch;

/// <summary>A meter of the switch. Its bands are token buckets by the switch's clock (OpenFlow 1.3.5 section 5.7).</summary>
/// <remarks>Read from bytes, so that it does not depend on how far the codec knows meters.</remarks>
public sealed class Meter
{
    internal const ushort KilobitsPerSecond = 1;
    internal const ushort PacketsPerSecond = 2;
    internal const ushort BurstSize = 4;
    private const ushort DropBand = 1;
    private const ushort RemarkBand = 2;
    private readonly byte[] _bands;
    private readonly List<(uint Rate, uint Burst)> _drops = [];
    private double[] _tokens = [];
    private long _filledAt;

    /// <param name="number">Number of the meter.</param>
    /// <param name="flags">Flags of the message.</param>
    /// <param name="bands">The bands as they are on the wire.</param>
    internal Meter(uint number, ushort flags, ReadOnlySpan<byte> bands)
    {
        Number = number;
        Flags = flags;
        _bands = bands.ToArray();
        if ((flags & (KilobitsPerSecond | PacketsPerSecond)) is 0 or (KilobitsPerSecond | PacketsPerSecond))
        {
            throw Refusal.Meter(5);
        }

        while (!bands.IsEmpty)
        {
            if (bands.Length < 16 || BinaryPrimitives.ReadUInt16BigEndian(bands[2..]) != 16)
            {
                throw Refusal.Request(6);
            }

            var type = BinaryPrimitives.ReadUInt16BigEndian(bands);
            if (type is not (DropBand or RemarkBand))
            {
                throw Refusal.Meter(8);
            }

            var rate = BinaryPrimitives.ReadUInt32BigEndian(bands[4..]);
            if (type == DropBand)
            {
                var burst = (flags & BurstSize) != 0 ? BinaryPrimitives.ReadUInt32BigEndian(bands[8..]) : rate;
                _drops.Add((rate, Math.Max(burst, 1)));
            }

            bands = bands[16..];
        }
    }

    public uint Number { get; }

    public ushort Flags { get; }

    /// <summary>Rates of the bands that drop, in the unit of the flags, with their burst.</summary>
    public IReadOnlyList<(uint Rate, uint Burst)> DropBands => _drops;

    public ulong PacketCount { get; private set; }

    public ulong ByteCount { get; private set; }

    /// <summary>Packets that a band dropped.</summary>
    public ulong DroppedCount { get; private set; }

    /// <summary>Whether the meter lets a packet of this length through at this time.</summary>
    internal bool Passes(int bytes, TimeProvider clock)
    {
        var now = clock.GetTimestamp();
        if (_tokens.Length != _drops.Count)
        {
            _tokens = [.. _drops.Select(band => (double)band.Burst)];
            _filledAt = now;
        }

        var seconds = clock.GetElapsedTime(_filledAt, now).TotalSeconds;
        _filledAt = now;
        PacketCount++;
        ByteCount += (ulong)bytes;
        var cost = (Flags & PacketsPerSecond) != 0 ? 1 : bytes * 8 / 1000.0;
        var passes = true;
        for (var i = 0; i < _tokens.Length; i++)
        {
            _tokens[i] = Math.Min(_drops[i].Burst, _tokens[i] + (seconds * _drops[i].Rate));
            passes &= _tokens[i] >= cost;
        }

        for (var i = 0; passes && i < _tokens.Length; i++)
        {
            _tokens[i] -= cost;
        }

        DroppedCount += passes ? 0UL : 1;
        return passes;
    }

    /// <summary>The entry of a meter-config reply (OpenFlow 1.3.5 section 7.3.5.12).</summary>
    internal byte[] ToConfiguration()
    {
        var entry = new byte[8 + _bands.Length];
        BinaryPrimitives.WriteUInt16BigEndian(entry, (ushort)entry.Length);
        BinaryPrimitives.WriteUInt16BigEndian(entry.AsSpan(2), Flags);
        BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(4), Number);
        _bands.CopyTo(entry, 8);
        return entry;
    }

    /// <summary>The entry of a meter statistics reply (OpenFlow 1.3.5 section 7.3.5.11).</summary>
    internal byte[] ToStatistics(uint ruleCount)
    {
        var bandCount = _bands.Length / 16;
        var entry = new byte[40 + (bandCount * 16)];
        BinaryPrimitives.WriteUInt32BigEndian(entry, Number);
        BinaryPrimitives.WriteUInt16BigEndian(entry.AsSpan(4), (ushort)entry.Length);
        BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(12), ruleCount);
        BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(16), PacketCount);
        BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(24), ByteCount);
        if (bandCount > 0)
        {
            BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(40), DroppedCount);
        }

        return entry;
    }
}
