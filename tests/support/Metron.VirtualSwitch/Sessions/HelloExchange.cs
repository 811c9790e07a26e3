using System.Text;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>The switch's side of version negotiation (OpenFlow 1.3.5 section 6.3.1).</summary>
internal static class HelloExchange
{
    /// <summary>The switch's HELLO.</summary>
    public static byte[] Own(VersionSet versions, bool hasElements) => OpenFlowCodec.Encode(
        hasElements ? Hello.WithVersions(versions) : new Hello(default(EquatableArray<HelloElement>)), versions.Highest, 0xfffffff0);

    /// <summary>The version to speak, or the error that ends the connection.</summary>
    public static (OpenFlowVersion? Version, byte[]? Error) Answer(byte[] hello, VersionSet own, Faults faults, bool hasElements)
    {
        var rejects = faults.RejectsHelloElements || !hasElements;
        if (hello[1] != (byte)MessageType.Hello || (rejects && hello.Length > OpenFlowCodec.HeaderLength)
            || (faults.RequiresHelloElements && hello.Length == OpenFlowCodec.HeaderLength))
        {
            return (null, null);
        }

        var announced = (OpenFlowVersion)hello[0];
        var theirs = hasElements && OpenFlowCodec.TryDecode(hello, out var frame, out _) && frame.Message is Hello { Elements: var elements }
            ? elements.Where(element => element.Type == HelloElement.VersionBitmapType).Select(element => (VersionSet?)VersionSet.FromBitmap(element.Body.AsSpan())).FirstOrDefault()
            : null;

        // Without bitmaps the smaller of the two header versions, if both sides have it.
        var lower = announced < own.Highest ? announced : own.Highest;
        var common = theirs is { } bitmap ? own.Intersect(bitmap) : own.Contains(lower) ? VersionSet.Of(lower) : default;
        return common.IsEmpty
            ? (null, OpenFlowCodec.Encode(
                new ErrorMessage(OpenFlowErrorCode.HelloIncompatible, EquatableArray.Create<byte>(Encoding.Latin1.GetBytes($"the switch speaks {own}"))),
                lower,
                Transaction(hello)))
            : (common.Highest, null);
    }

    private static uint Transaction(byte[] message) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(4));
}
