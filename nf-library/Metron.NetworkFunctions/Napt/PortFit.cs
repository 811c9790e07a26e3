using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Napt;

/// <summary>Which outside ports will do: those whose low bits are right and, where the NIC's hash names flow groups, those that bring replies back.</summary>
/// <param name="Mask">2^k - 1: the low bits that must fit.</param>
/// <param name="Residue">What they must be.</param>
/// <param name="Cosets">Which ports add what to the flow group of replies; null where tags name it.</param>
/// <param name="Part">What the port must add to it.</param>
internal readonly record struct PortFit(int Mask, int Residue, PortCosets? Cosets = null, int Part = 0)
{
    /// <summary>Those of 64 ports that will do.</summary>
    /// <param name="word">Number of the 64 ports: their first is 64 times that.</param>
    /// <returns>A bit for each port.</returns>
    public ulong Among(int word) => Cosets is null ? ByLowBits(word << 6) : ByLowBits(word << 6) & Cosets.Fitting(word, Part);

    private ulong ByLowBits(int port)
    {
        if (Mask >= 64)
        {
            return (port & Mask) == (Residue & ~63) ? 1UL << Residue : 0;
        }

        var pattern = 1UL << Residue;
        for (var step = Mask + 1; step < 64; step *= 2)
        {
            pattern |= pattern << step;
        }

        return pattern;
    }
}
