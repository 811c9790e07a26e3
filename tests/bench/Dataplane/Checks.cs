namespace Metron.Bench.Dataplane;

/// <summary>Correctness gates: whether the packets that came out are right, given those that went in.</summary>
internal static class Checks
{
    /// <summary>All packets came out, in order, as they went in.</summary>
    public static string? Unchanged(IReadOnlyList<byte[]> input, IReadOnlyList<byte[]> output)
    {
        if (output.Count != input.Count)
        {
            return $"{output.Count} of {input.Count} packets came out";
        }

        var wrong = Enumerable.Range(0, input.Count).FirstOrDefault(number => !input[number].AsSpan().SequenceEqual(output[number]), -1);
        return wrong < 0 ? null : $"packet {wrong} was changed";
    }
}
