namespace Metron.Synthesis;

/// <summary>
/// Finds candidates among numbered cubes of one IP version: all that stand in a relation to a cube or a packet, and some that do so in the
/// fields that tell rules apart but not in others. What a query gives is valid until the next one. Not thread-safe.
/// </summary>
internal interface ICubeFinder
{
    /// <summary>The cubes that may overlap a cube, by number.</summary>
    BitSet Overlapping(HeaderCube cube);

    /// <summary>The cubes that may cover a cube, by number.</summary>
    BitSet Covering(HeaderCube cube);

    /// <summary>The cubes that may contain a point, by number.</summary>
    BitSet Containing(in HeaderPoint point);
}
