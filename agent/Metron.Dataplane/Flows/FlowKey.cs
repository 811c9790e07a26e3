using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Metron.Dataplane.Flows;

/// <summary>Source and destination address as they stand on the wire: the part of a flow's key and rewrite that differs between IP versions.</summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface IFlowAddresses<TSelf>
    where TSelf : unmanaged
{
    static abstract bool AreEqual(in TSelf left, in TSelf right);

    static abstract ulong Mix(in TSelf addresses, in HashSeed seed);
}

/// <summary>IPv4 source and destination address, in network byte order, as the 8 bytes at offset 12 of the header.</summary>
internal readonly record struct Ipv4Addresses(ulong Bytes) : IFlowAddresses<Ipv4Addresses>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(in Ipv4Addresses left, in Ipv4Addresses right) => left.Bytes == right.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(in Ipv4Addresses addresses, in HashSeed seed) => addresses.Bytes ^ seed.First;
}

/// <summary>IPv6 source and destination address, in network byte order, as the 32 bytes at offset 8 of the header.</summary>
internal readonly record struct Ipv6Addresses(ulong SourceHigh, ulong SourceLow, ulong DestinationHigh, ulong DestinationLow)
    : IFlowAddresses<Ipv6Addresses>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(in Ipv6Addresses left, in Ipv6Addresses right) =>
        ((left.SourceHigh ^ right.SourceHigh) | (left.SourceLow ^ right.SourceLow)
        | (left.DestinationHigh ^ right.DestinationHigh) | (left.DestinationLow ^ right.DestinationLow)) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(in Ipv6Addresses addresses, in HashSeed seed) =>
        HashSeed.Multiply(addresses.SourceHigh ^ seed.First, addresses.SourceLow ^ seed.Second)
        ^ HashSeed.Multiply(addresses.DestinationHigh ^ seed.Third, addresses.DestinationLow ^ seed.First);
}

/// <summary>What tells a flow of a worker from all others.</summary>
/// <param name="Addresses">Addresses before any rewrite.</param>
/// <param name="Rest">
/// Bits 0-31: source and destination port as on the wire, or ICMP identifier, type and code; 32-39: protocol; 48-63: ingress slot, never 0 in a
/// valid key.
/// </param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FlowKey<TAddresses>(TAddresses Addresses, ulong Rest)
    where TAddresses : unmanaged, IFlowAddresses<TAddresses>
{
    /// <summary>The ingress slot.</summary>
    public ushort Slot => (ushort)(Rest >> 48);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong RestOf(uint ports, byte protocol, ushort slot) => ports | (ulong)protocol << 32 | (ulong)slot << 48;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(in FlowKey<TAddresses> left, in FlowKey<TAddresses> right) =>
        left.Rest == right.Rest && TAddresses.AreEqual(left.Addresses, right.Addresses);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(in FlowKey<TAddresses> key, in HashSeed seed) =>
        HashSeed.Multiply(TAddresses.Mix(key.Addresses, seed), key.Rest ^ seed.Second);
}

/// <summary>
/// Secret numbers of a worker's hash function, so that nobody outside can choose flows that collide. The function multiplies to 128 bits and
/// folds the halves (the mixing step of wyhash): 4 cycles per 16 bytes.
/// </summary>
internal readonly record struct HashSeed(ulong First, ulong Second, ulong Third)
{
    public static HashSeed FromRandom(Random random) => new(Odd(random), Odd(random), Odd(random));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }

    private static ulong Odd(Random random) => (ulong)random.NextInt64() << 1 | 1;
}
