using System.Numerics;

namespace Metron.Synthesis;

/// <summary>
/// The size of cubes within a universe of disjoint cubes: additive over disjoint cubes and above 0 unless empty. So cubes without
/// common packets make up a set that holds them exactly when their sizes add up to its size.
/// </summary>
internal sealed class PacketMeasure
{
    private readonly IReadOnlyList<HeaderCube> _universe;
    private readonly uint _fields;

    /// <summary>A measure for cubes that constrain certain fields.</summary>
    /// <param name="universe">Disjoint cubes.</param>
    /// <param name="fields">The fields that some cube constrains, as bits; others would only multiply all sizes.</param>
    public PacketMeasure(HeaderSpace universe, uint fields)
    {
        _universe = universe.Cubes;
        _fields = universe.Cubes.Aggregate(fields, (all, cube) => all | cube.Constrained);
    }

    public BigInteger Of(HeaderCube cube)
    {
        var size = BigInteger.Zero;
        foreach (var part in _universe)
        {
            if (part.Intersect(cube) is { } inside)
            {
                size += SizeOf(inside);
            }
        }

        return size;
    }

    private BigInteger SizeOf(HeaderCube cube)
    {
        var (product, small) = (BigInteger.One, 1UL);
        for (var bits = _fields; bits != 0; bits &= bits - 1)
        {
            var count = cube[(HeaderField)BitOperations.TrailingZeroCount(bits)].CountLessOne;
            if (count < ushort.MaxValue && small < 1UL << 47)
            {
                small *= (ulong)count + 1;
            }
            else
            {
                product *= (BigInteger)count + 1;
            }
        }

        return product * small;
    }
}
