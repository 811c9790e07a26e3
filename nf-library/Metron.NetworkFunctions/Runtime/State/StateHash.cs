namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// Hashes of addresses and ports: folded 64×64→128-bit products, as in wyhash. The same input and seed give the same hash in every process
/// and on every machine, so workers and restarts can choose alike; tables that strangers fill take a secret seed.
/// </summary>
internal static class StateHash
{
    private const ulong First = 0xa0761d6478bd642f;
    private const ulong Second = 0xe7037ed1a0b428db;

    /// <summary>64-bit hash of an address and 64 further bits.</summary>
    public static ulong Address(UInt128 address, ulong more, ulong seed) =>
        Fold((ulong)(address >> 64) ^ seed ^ First, Fold((ulong)address ^ Second, more ^ First) ^ seed);

    /// <summary>64-bit hash of two addresses and 64 further bits.</summary>
    public static ulong Addresses(UInt128 left, UInt128 right, ulong more, ulong seed) =>
        Address(right, Address(left, more, seed), seed);

    /// <summary>32-bit hash of two numbers.</summary>
    public static uint Mix(ulong left, ulong right, ulong seed) => (uint)Fold(Fold(left ^ First ^ seed, right ^ Second), Second);

    private static ulong Fold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }
}
