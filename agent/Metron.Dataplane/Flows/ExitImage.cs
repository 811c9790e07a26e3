using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Metron.NetworkFunctions.Chains;
using Metron.Packets;

namespace Metron.Dataplane.Flows;

/// <summary>What an exit writes over the first 16 bytes of a frame: destination MAC, source MAC, and in VLAN mode the 802.1Q header.</summary>
/// <param name="Keep">Bits that stay.</param>
/// <param name="Value">Bits set in their place.</param>
internal readonly record struct ExitImage(Vector128<byte> Keep, Vector128<byte> Value)
{
    private const int MacLength = 6;
    private const int TagControlOffset = 14;
    private const ushort VlanIdMask = 0x0fff;

    /// <summary>Makes the image of an exit.</summary>
    /// <param name="kind">How frames are tagged; null: not at all.</param>
    /// <param name="tag">Tag to write.</param>
    /// <param name="destination">Destination MAC; <see cref="ExitKey.Unchanged"/> leaves the frame's.</param>
    /// <param name="source">Source MAC, unless it carries the tag; <see cref="ExitKey.Unchanged"/> leaves the frame's.</param>
    public static ExitImage Make(TagKind? kind, uint tag, MacAddress destination, MacAddress source)
    {
        Span<byte> keep = stackalloc byte[16];
        Span<byte> value = stackalloc byte[16];
        keep.Fill(0xff);
        value.Clear();
        SetMac(keep, value, 0, destination);
        SetMac(keep, value, MacLength, kind == TagKind.Mac ? DispatchTag.ToMac(tag) : source);
        if (kind == TagKind.Vlan)
        {
            SetVlanId(keep, value, tag);
        }

        return new ExitImage(Vector128.Create<byte>(keep), Vector128.Create<byte>(value));
    }

    /// <summary>Makes the image that sends a packet to the owner of another ingress tag.</summary>
    public static ExitImage MakeRetag(TagKind kind, uint tag) => kind == TagKind.Vlan
        ? Make(kind, tag, ExitKey.Unchanged, ExitKey.Unchanged)
        : Make(null, 0, DispatchTag.ToMac(tag), ExitKey.Unchanged);

    /// <summary>Writes an image. Costs one load, two operations, one store.</summary>
    /// <param name="frame">At least 16 bytes.</param>
    /// <param name="keep">As <see cref="Keep"/>.</param>
    /// <param name="value">As <see cref="Value"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Write(byte* frame, Vector128<byte> keep, Vector128<byte> value) =>
        ((Vector128.Load(frame) & keep) | value).Store(frame);

    private static void SetMac(Span<byte> keep, Span<byte> value, int offset, MacAddress mac)
    {
        if (mac != ExitKey.Unchanged)
        {
            keep.Slice(offset, MacLength).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(value[offset..], (ushort)(mac.Value >> 32));
            BinaryPrimitives.WriteUInt32BigEndian(value[(offset + 2)..], (uint)mac.Value);
        }
    }

    /// <summary>Priority and drop eligibility of the tag stay (IEEE 802.1Q section 9.6).</summary>
    private static void SetVlanId(Span<byte> keep, Span<byte> value, uint tag)
    {
        BinaryPrimitives.WriteUInt16BigEndian(keep[TagControlOffset..], unchecked((ushort)~VlanIdMask));
        BinaryPrimitives.WriteUInt16BigEndian(value[TagControlOffset..], (ushort)(tag & VlanIdMask));
    }
}
