using System.Buffers.Binary;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Wire;

/// <summary>Random and mutated bytes: only the decode error may appear, and reading always ends.</summary>
public sealed class FuzzTests
{
    private const int Inputs = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_bytes_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[512];
        for (var i = 0; i < Inputs; i++)
        {
            random.NextBytes(bytes);
            var message = bytes.AsSpan(0, random.Next(bytes.Length));
            if (message.Length >= OpenFlowCodec.HeaderLength && random.Next(20) != 0)
            {
                message[0] = (byte)Sample.Versions[random.Next(Sample.Versions.Count)];
                message[1] = (byte)random.Next(36);
                BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)message.Length);
            }

            MalformedInputTests.AssertReadsOrRefuses(message);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Mutated_messages_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var originals = Sample.Versions.SelectMany(version => Sample.All(version).Select(sample => sample.Encode(version))).ToList();
        var read = 0;
        for (var i = 0; i < Inputs; i++)
        {
            var mutant = Mutate(originals[random.Next(originals.Count)], originals[random.Next(originals.Count)], random);
            read += MalformedInputTests.AssertReadsOrRefuses(mutant) ? 1 : 0;
        }

        // Both outcomes must be exercised.
        Assert.InRange(read, Inputs / 20, Inputs - (Inputs / 20));
    }

    private static byte[] Mutate(byte[] original, byte[] other, Random random)
    {
        var bytes = original.ToList();
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
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
                    bytes.InsertRange(at, other[..Math.Min(random.Next(1, 33), other.Length)]);
                    break;
                case 5:
                    bytes.InsertRange(at, new byte[8]);
                    break;
                default:
                    bytes[Math.Min(at | 1, bytes.Count - 1)] += (byte)(8 * random.Next(-2, 3));
                    break;
            }

            if (bytes.Count < OpenFlowCodec.HeaderLength)
            {
                bytes.AddRange(new byte[OpenFlowCodec.HeaderLength]);
            }
        }

        var mutant = bytes.ToArray();
        if (random.Next(20) != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(mutant.AsSpan(2), (ushort)mutant.Length);
        }

        return mutant;
    }
}
