using CsCheck;
using Metron.Kernel.Steering;
using Metron.Packets.Hashing;

namespace Metron.Kernel.Tests;

public sealed class FlowHashTests
{
    /// <summary>Microsoft, "Verifying the RSS hash calculation".</summary>
    [Theory]
    [InlineData("420995bba18e64500aea06e6", 0x51ccc178U)]
    [InlineData("420995bba18e6450", 0x323e8fc2U)]
    [InlineData("3ffe250102001fff00000000000000073ffe2501020000030000000000000001" + "0aea06e6", 0x40207d3dU)]
    [InlineData("3ffe2501020001fff0000000000000073ffe2501020000030000000000000001", null)]
    public void Toeplitz_gives_the_published_values(string tuple, uint? expected)
    {
        var hash = new FlowHash.Toeplitz(Toeplitz.MicrosoftKey.ToArray()).Compute(Convert.FromHexString(tuple));
        Assert.Equal(expected ?? new Toeplitz(Toeplitz.MicrosoftKey).Hash(Convert.FromHexString(tuple)), hash);
    }

    [Fact]
    public void Both_directions_of_a_flow_have_the_same_symmetric_hash() => Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[16], Gen.UShort, Gen.UShort, Gen.Byte)
        .Sample((one, other, onePort, otherPort, protocol) =>
            FlowHash.Symmetric.Compute(one, other, onePort, otherPort, protocol) == FlowHash.Symmetric.Compute(other, one, otherPort, onePort, protocol));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Neighbouring_flows_spread_evenly_over_groups(bool byPort)
    {
        var groups = new int[64];
        byte[] server = [192, 0, 2, 9];
        for (var flow = 0; flow < 6400; flow++)
        {
            byte[] client = [10, 0, byPort ? (byte)0 : (byte)(flow >> 8), byPort ? (byte)5 : (byte)flow];
            groups[FlowHash.Symmetric.Compute(client, server, (ushort)(byPort ? 30000 + flow : 40000), 80, 6) & 63]++;
        }

        // 100 expected in each, with a standard deviation of 10 if it were chance.
        Assert.All(groups, count => Assert.InRange(count, 50, 150));
    }
}
