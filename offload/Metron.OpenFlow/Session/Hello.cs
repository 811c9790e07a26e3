using System.Text;

namespace Metron.OpenFlow;

/// <summary>First message of a connection in both directions (OpenFlow 1.3.5 section 7.5.1).</summary>
/// <remarks>Version negotiation reads HELLOs with more tolerance than this record, which is what a correct peer sends.</remarks>
/// <param name="Elements">Elements after the header, among them the version bitmap of 1.3.1 and later.</param>
public sealed record Hello(EquatableArray<HelloElement> Elements) : OpenFlowMessage
{
    public override MessageType Type => MessageType.Hello;

    /// <summary>A HELLO with the bitmap of these versions: 16 bytes on the wire for versions up to 31.</summary>
    public static Hello WithVersions(VersionSet versions) => new([HelloElement.VersionBitmap(versions)]);

    internal override void Append(StringBuilder text)
    {
        var separator = "";
        foreach (var element in Elements.AsSpan())
        {
            text.Append(separator).Append(element);
            separator = " ";
        }
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var element in Elements.AsSpan())
        {
            var start = OpenFlowProperty.Begin(ref writer, element.Type);
            writer.Write(element.Body);
            OpenFlowProperty.End(ref writer, start);
        }
    }

    internal static Hello Read(ref OpenFlowReader reader)
    {
        var elements = new List<HelloElement>();
        while (!reader.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref reader, out var body);
            elements.Add(new HelloElement(type, body.ReadRest()));
        }

        return new Hello(elements.ToEquatableArray());
    }
}

/// <summary>An element of a HELLO.</summary>
/// <param name="Type">1 is the version bitmap; the standard wants other types ignored.</param>
/// <param name="Body">What follows type and length, without padding.</param>
public sealed record HelloElement(ushort Type, EquatableArray<byte> Body)
{
    /// <summary>Type of the version bitmap (<c>OFPHET_VERSIONBITMAP</c>).</summary>
    public const ushort VersionBitmapType = 1;

    /// <summary>The bitmap of these versions: bit n of the first 32-bit word stands for wire version n.</summary>
    public static HelloElement VersionBitmap(VersionSet versions) =>
        new(VersionBitmapType, [(byte)(versions.Bits >> 24), (byte)(versions.Bits >> 16), (byte)(versions.Bits >> 8), (byte)versions.Bits]);

    /// <summary>The versions for a bitmap, otherwise type and content in hexadecimal.</summary>
    public override string ToString() =>
        Type == VersionBitmapType ? $"version bitmap {VersionSet.FromBitmap(Body.AsSpan())}" : $"element_{Type}({Body})";
}
