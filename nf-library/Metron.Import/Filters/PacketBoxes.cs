namespace Metron.Import.Filters;

/// <summary>Sets of packets as several boxes.</summary>
internal static class PacketBoxes
{
    /// <summary>The packets in one of the left and one of the right boxes; at most <paramref name="limit"/> boxes and one.</summary>
    public static List<PacketBox> Intersect(IReadOnlyList<PacketBox> left, IReadOnlyList<PacketBox> right, int limit)
    {
        List<PacketBox> both = [];
        foreach (var one in left)
        {
            foreach (var other in right)
            {
                if (one.Intersect(other) is { } common)
                {
                    both.Add(common);
                    if (both.Count > limit)
                    {
                        return both;
                    }
                }
            }
        }

        return both;
    }

    /// <summary>The packets of the boxes that are in none of the others; at most <paramref name="limit"/> boxes and some.</summary>
    public static List<PacketBox> Subtract(IReadOnlyList<PacketBox> boxes, IReadOnlyList<PacketBox> others, int limit)
    {
        List<PacketBox> left = [.. boxes];
        foreach (var other in others)
        {
            List<PacketBox> next = [];
            foreach (var box in left)
            {
                next.AddRange(box.Subtract(other));
                if (next.Count > limit)
                {
                    return next;
                }
            }

            left = next;
        }

        return left;
    }
}
