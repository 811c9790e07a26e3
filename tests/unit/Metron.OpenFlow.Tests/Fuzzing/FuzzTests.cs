using Metron.OpenFlow.Fuzz;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Fuzzing;

/// <summary>
/// Random and mutated bytes for everything that reads from the network, held against the same promises as by the fuzzer in tests/fuzz: 100,000 inputs for each
/// target, 10 million with METRON_LONG_TESTS.
/// </summary>
public sealed class FuzzTests
{
    private static readonly int _inputs = Environment.GetEnvironmentVariable("METRON_LONG_TESTS") is { Length: > 0 } ? 10_000_000 : 100_000;

    private static readonly List<byte[]> _seeds =
        [.. Sample.Versions.SelectMany(version => Sample.All(version).Select(sample => sample.Encode(version)))];

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_promise_is_broken_by_random_and_mutated_bytes(string name)
    {
        var target = FuzzTarget.Find(name)!;
        var mutator = new Mutator(_seeds, new Random(name.Length));
        var read = 0;
        for (var i = 0; i < _inputs; i++)
        {
            var input = target.Next(mutator);
            try
            {
                read += target.Check(input) ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"input {i}, {Convert.ToHexStringLower(input)}: {exception}");
            }
        }

        // Both outcomes must be exercised.
        Assert.InRange(read, _inputs / 50, _inputs - (_inputs / 50));
    }

    [Fact]
    public void A_message_of_64_KiB_of_the_smallest_elements_allocates_in_proportion()
    {
        foreach (var version in Sample.Versions.Where(version => version >= OpenFlowVersion.OpenFlow13))
        {
            Assert.True(MessageCheck.Check(Full(version, (byte)MessageType.FlowRemoved, FlowRemovedOfTinyFields(version))));
            Assert.True(MessageCheck.Check(Full(version, (byte)MessageType.Hello, [.. Enumerable.Repeat<byte[]>([0, 9, 0, 4, 0, 0, 0, 0], 8000).SelectMany(element => element)])));
            Assert.True(MessageCheck.Check(Full(version, (byte)MessageType.PacketOut, PacketOutOfTinyActions(version))));
        }
    }

    private static byte[] Full(OpenFlowVersion version, byte type, byte[] body)
    {
        byte[] message = [(byte)version, type, 0, 0, 0, 0, 0, 1, .. body];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)message.Length);
        return message;
    }

    // A match of unknown fields without content, four bytes each.
    private static byte[] FlowRemovedOfTinyFields(OpenFlowVersion version)
    {
        const int Fields = 16_000;
        var length = 4 + (Fields * 4);
        byte[] match = [0, 1, (byte)(length >> 8), (byte)length, .. Enumerable.Repeat<byte[]>([0x12, 0x34, 2, 0], Fields).SelectMany(field => field)];
        return version >= OpenFlowVersion.OpenFlow15
            ? [.. new byte[16], .. match, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]
            : [.. new byte[40], .. match, 0, 0, 0, 0];
    }

    private static byte[] PacketOutOfTinyActions(OpenFlowVersion version)
    {
        const int Actions = 8_000;
        byte[] actions = [.. Enumerable.Repeat<byte[]>([0, 18, 0, 8, 0, 0, 0, 0], Actions).SelectMany(action => action)];
        byte[] length = [(byte)(actions.Length >> 8), unchecked((byte)actions.Length)];
        return version >= OpenFlowVersion.OpenFlow15
            ? [.. new byte[4], .. length, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0, .. actions]
            : [.. new byte[8], .. length, .. new byte[6], .. actions];
    }
}
