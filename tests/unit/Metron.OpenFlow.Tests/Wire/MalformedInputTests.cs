using System.Buffers.Binary;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Wire;

public sealed class MalformedInputTests
{
    public static TheoryData<OpenFlowVersion, string> Samples => Sample.Names();

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_message_cut_anywhere_is_refused_or_read_as_a_shorter_one(OpenFlowVersion version, string name)
    {
        var whole = Sample.Find(version, name).Encode(version);
        for (var length = 0; length < whole.Length; length++)
        {
            // The header still says the whole length: never a message.
            Assert.False(OpenFlowCodec.TryDecode(whole.AsSpan(0, length), out _, out var error));
            Assert.InRange(error.Offset, 0, length);
            if (length >= OpenFlowCodec.HeaderLength)
            {
                AssertReadsOrRefuses(WithLength(whole[..length]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Bytes_after_a_message_are_not_overlooked(OpenFlowVersion version, string name)
    {
        var whole = Sample.Find(version, name).Encode(version);
        for (var more = 1; more <= 16; more++)
        {
            byte[] longer = [.. whole, .. new byte[more]];
            Assert.False(OpenFlowCodec.TryDecode(longer, out _, out _));
            AssertReadsOrRefuses(WithLength(longer));
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Other_versions_are_refused(OpenFlowVersion version, string name)
    {
        var bytes = Sample.Find(version, name).Encode(version);
        foreach (var other in new byte[] { 0, 2, 3, 7, 255 })
        {
            bytes[0] = other;
            var isReadable = OpenFlowCodec.TryDecode(bytes, out _, out var error);
            Assert.Equal((MessageType)bytes[1] is MessageType.Hello or MessageType.Error, isReadable);
            Assert.True(isReadable || error!.Problem.Contains("version", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Another_version_s_message_is_refused_or_read_without_loss(OpenFlowVersion version, string name)
    {
        var bytes = Sample.Find(version, name).Encode(version);
        foreach (var other in Sample.Versions.Where(other => other != version))
        {
            bytes[0] = (byte)other;
            AssertReadsOrRefuses(bytes);
        }
    }

    [Theory]
    [InlineData("action of length 0", "040e0050000000010000000000000000000000000000000000000000000080000000000000000000000000000000000000010004000000000004001800000000" + "0000000000000000" + "0000000000000000")]
    [InlineData("action of length 4", "040e0050000000010000000000000000000000000000000000000000000080000000000000000000000000000000000000010004000000000004001800000000" + "0000000400000000" + "0000000000000000")]
    [InlineData("instruction of length 0", "040e0040000000010000000000000000000000000000000000000000000080000000000000000000000000000000000000010004000000000004000000000000")]
    [InlineData("match of length 0", "040e0038000000010000000000000000000000000000000000000000000080000000000000000000000000000000000000010000000000000000")]
    [InlineData("element of length 0", "0400001000000001" + "0002000000000000")]
    [InlineData("element of length 3", "0400001000000001" + "0001000300000030")]
    [InlineData("element past the end", "0400001000000001" + "0001000c00000030")]
    [InlineData("bundle in a bundle", "0522003000000001" + "0000000100000000" + "0522002000000001" + "0000000100000000" + "0522001000000001" + "0000000100000000")]
    public void A_length_that_would_not_advance_is_refused(string what, string hex) =>
        Assert.False(OpenFlowCodec.TryDecode(WithLength(Convert.FromHexString(hex)), out _, out _), what);

    /// <summary>Whatever is read can be written and read again to the same: nothing was misunderstood on the way.</summary>
    internal static bool AssertReadsOrRefuses(ReadOnlySpan<byte> bytes)
    {
        if (!OpenFlowCodec.TryDecode(bytes, out var frame, out _))
        {
            return false;
        }

        Assert.NotEmpty(frame.ToString());
        if (!frame.Version.IsSpoken())
        {
            return true;
        }

        byte[] again;
        try
        {
            again = OpenFlowCodec.Encode(frame.Message, frame.Version, frame.TransactionId);
        }
        catch (OpenFlowEncodeException)
        {
            // Restoring left out padding can make a message of nearly 64 KiB too long.
            Assert.True(bytes.Length > 60000);
            return true;
        }

        Assert.Equal(frame, OpenFlowCodec.Decode(again));
        return true;
    }

    private static byte[] WithLength(byte[] message)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)message.Length);
        return message;
    }
}
