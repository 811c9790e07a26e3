using System.Buffers.Binary;

namespace Metron.OpenFlow.Fuzz;

/// <summary>Makes messages out of others: bits and bytes changed, parts cut out, put in and repeated, lengths shifted.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> originals, Random random)
{
    private const int LongestGrown = 65_535;

    /// <summary>The next mutant; its header's length is usually right.</summary>
    public byte[] Next()
    {
        var bytes = Pick().ToList();
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            Edit(bytes);
        }

        if (random.Next(2000) == 0)
        {
            Grow(bytes);
        }

        while (bytes.Count < OpenFlowCodec.HeaderLength)
        {
            bytes.Add(0);
        }

        var mutant = bytes.ToArray();
        if (random.Next(20) != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(mutant.AsSpan(2), (ushort)mutant.Length);
        }

        return mutant;
    }

    /// <summary>A mutant, or one time in four noise.</summary>
    public byte[] MessageOrNoise() => random.Next(4) == 0 ? Noise() : Next();

    /// <summary>Some mutants and originals one after the other, the same ones again and again so that replies have many parts, and perhaps a cut at the end.</summary>
    public byte[] Stream()
    {
        byte[][] some = [Pick(), Next(), Pick(), Next()];
        var stream = new List<byte>();
        for (var count = random.Next(1, 60); count > 0; count--)
        {
            stream.AddRange(some[random.Next(some.Length)]);
        }

        return [.. stream.Take(random.Next(2) == 0 ? stream.Count : random.Next(stream.Count))];
    }

    /// <summary>A mutant that usually has the header of a HELLO.</summary>
    public byte[] Hello()
    {
        var hello = Next();
        if (random.Next(10) != 0)
        {
            hello[0] = (byte)random.Next(1, 7);
            hello[1] = 0;
        }

        return hello;
    }

    /// <summary>Bytes without a model, but for a header that decoding lets through, usually.</summary>
    public byte[] Noise()
    {
        var message = new byte[random.Next(512)];
        random.NextBytes(message);
        if (message.Length >= OpenFlowCodec.HeaderLength && random.Next(20) != 0)
        {
            message[0] = Pick()[0];
            message[1] = (byte)random.Next(37);
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)message.Length);
        }

        return message;
    }

    private byte[] Pick() => originals[random.Next(originals.Count)];

    private void Edit(List<byte> bytes)
    {
        if (bytes.Count == 0)
        {
            bytes.AddRange(Pick());
        }

        var at = random.Next(bytes.Count);
        switch (random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)255;
                break;
            case 3:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                break;
            case 4:
                var other = Pick();
                bytes.InsertRange(at, other[..Math.Min(random.Next(1, 33), other.Length)]);
                break;
            case 5:
                bytes.InsertRange(at, new byte[8]);
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 65), bytes.Count - at)));
                break;
            default:
                bytes[Math.Min(at | 1, bytes.Count - 1)] += (byte)(8 * random.Next(-2, 3));
                break;
        }
    }

    // Repeats the end until the message is as long as one can be: many elements, or one long one.
    private static void Grow(List<byte> bytes)
    {
        var tail = bytes.GetRange(bytes.Count / 2, bytes.Count - (bytes.Count / 2));
        while (tail.Count > 0 && bytes.Count + tail.Count <= LongestGrown)
        {
            bytes.AddRange(tail);
        }
    }
}
