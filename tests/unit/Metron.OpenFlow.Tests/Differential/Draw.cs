namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Random values from a seed, with the values at the edges more often than chance would have them.</summary>
internal sealed class Draw(int seed)
{
    private readonly Random _random = new(seed);

    public bool Coin() => _random.Next(2) == 0;

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool Once(int times) => _random.Next(times) == 0;

    /// <summary>From <paramref name="lowest"/> to <paramref name="highest"/>, both possible.</summary>
    public ulong Number(ulong lowest, ulong highest) => _random.Next(6) switch
    {
        0 => lowest,
        1 => highest,
        _ => lowest + (ulong)_random.NextInt64((long)Math.Min(highest - lowest, long.MaxValue - 1) + 1),
    };

    public uint UInt32(uint lowest, uint highest) => (uint)Number(lowest, highest);

    public ushort UInt16(ushort lowest = 0, ushort highest = ushort.MaxValue) => (ushort)Number(lowest, highest);

    public byte Byte(byte lowest = 0, byte highest = byte.MaxValue) => (byte)Number(lowest, highest);

    public int Count(int highest) => _random.Next(highest + 1);

    /// <summary>A number of <paramref name="bits"/> bits, none of which is always zero.</summary>
    public UInt128 Bits(int bits)
    {
        var value = new UInt128((ulong)_random.NextInt64() << 1 | (uint)_random.Next(2), (ulong)_random.NextInt64() << 1 | (uint)_random.Next(2));
        return bits == 128 ? value : value & ((UInt128.One << bits) - 1);
    }

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public T PickFrom<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    /// <summary>Any of these flags together.</summary>
    public TFlags Flags<TFlags>(params ReadOnlySpan<TFlags> flags)
        where TFlags : struct, Enum
    {
        var value = 0UL;
        foreach (var flag in flags)
        {
            value |= Coin() ? Convert.ToUInt64(flag, null) : 0;
        }

        return (TFlags)Enum.ToObject(typeof(TFlags), value);
    }

    public EquatableArray<byte> Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return EquatableArray.Create<byte>(bytes);
    }

    /// <summary>A frame of an Ethernet type for experiments, so that nobody looks for a protocol in it.</summary>
    public EquatableArray<byte> Frame() => [2, .. Bytes(5), 6, .. Bytes(5), 0x88, 0xb5, .. Bytes(Count(180))];

    /// <summary>Up to <paramref name="longest"/> letters and digits.</summary>
    public string Text(int longest) =>
        string.Concat(Enumerable.Range(0, _random.Next(1, longest + 1)).Select(_ => "abcdefghijklmnopqrstuvwxyz0123456789"[_random.Next(36)]));

    public EquatableArray<T> List<T>(int highest, Func<Draw, T> create) =>
        Enumerable.Range(0, Count(highest)).Select(_ => create(this)).ToEquatableArray();

    /// <summary>As <see cref="List"/>, and at least one.</summary>
    public EquatableArray<T> Some<T>(int highest, Func<Draw, T> create) => List(highest - 1, create).Add(create(this));

    public HardwareAddress Hardware() => new((ulong)Bits(48));
}
