namespace Metron.Synthesis;

/// <summary>A set of packets: the union of cubes, which may overlap. Immutable; all operations are exact.</summary>
/// <param name="Cubes">The cubes; none for the empty set.</param>
public sealed record HeaderSpace(IReadOnlyList<HeaderCube> Cubes)
{
    /// <summary>No packet.</summary>
    public static HeaderSpace Empty { get; } = new([]);

    /// <summary>Every IPv4 and IPv6 packet. <see cref="RealPackets"/> has those that can exist, and other Ethernet types.</summary>
    public static HeaderSpace All { get; } = new([HeaderCube.AllV4, HeaderCube.AllV6]);

    /// <summary>Whether there is no packet in it.</summary>
    public bool IsEmpty => Cubes.Count == 0;

    public bool Contains(in HeaderPoint point)
    {
        foreach (var cube in Cubes)
        {
            if (cube.Contains(point))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Packets in either.</summary>
    public HeaderSpace Union(HeaderSpace other) => new([.. Cubes, .. other.Cubes]);

    /// <summary>Packets in both.</summary>
    public HeaderSpace Intersect(HeaderSpace other)
    {
        List<HeaderCube> both = [];
        foreach (var left in Cubes)
        {
            foreach (var right in other.Cubes)
            {
                if (left.Intersect(right) is { } cube)
                {
                    both.Add(cube);
                }
            }
        }

        return new HeaderSpace(both);
    }

    /// <summary>Whether some packet is in both.</summary>
    public bool Overlaps(HeaderSpace other) => Cubes.Any(left => other.Cubes.Any(left.Overlaps));

    /// <summary>Packets in this set but not in another.</summary>
    public HeaderSpace Subtract(HeaderSpace other)
    {
        IReadOnlyList<HeaderCube> rest = Cubes;
        foreach (var cube in other.Cubes)
        {
            rest = [.. rest.SelectMany(left => left.Subtract(cube))];
        }

        return new HeaderSpace(rest);
    }

    /// <summary>IP packets not in this set.</summary>
    public HeaderSpace Complement() => All.Subtract(this);

    /// <summary>Whether every packet of <paramref name="other"/> is in this set.</summary>
    public bool Covers(HeaderSpace other) => other.Subtract(this).IsEmpty;

    /// <summary>The headers of the answers: source and destination swapped.</summary>
    public HeaderSpace Reverse() => new([.. Cubes.Select(cube => cube.Reverse())]);

    /// <summary>A small cube per kind of packet that holds all: at most two cubes of IP packets, and more packets than before.</summary>
    public HeaderSpace Hull() => new(
        [.. Cubes.GroupBy(cube => cube.Kind).Select(group => group.Aggregate((left, right) => left.Hull(right)))]);

    /// <summary>Gives some packet of the set, always the same one.</summary>
    public bool TrySample(out HeaderPoint point)
    {
        point = IsEmpty ? default : Cubes[0].Lowest();
        return !IsEmpty;
    }

    /// <summary>A packet of the set, which is not empty, chosen by a seeded source of randomness.</summary>
    public HeaderPoint Sample(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Cubes[random.Next(Cubes.Count)].Sample(random);
    }
}
