using System.Buffers.Binary;

namespace Metron.VirtualSwitch;

/// <summary>Short names for reading fields of messages that are looked at as bytes.</summary>
internal static class BigEndian
{
    public static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);

    public static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
