using System.Buffers.Binary;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks what bundles the switch can do (OpenFlow 1.5.1 section 7.3.5.21).</summary>
/// <param name="Options">What to include: 1 timestamps, 2 to set scheduling by the properties (<c>OFPBF_*</c>).</param>
/// <param name="Properties">Properties, all kept as they are.</param>
public sealed record BundleFeaturesRequest(uint Options = 0, EquatableArray<OpenFlowProperty> Properties = default)
    : MultipartRequest, IMultipartRequest<BundleFeaturesReply>
{
    public override MultipartType Kind => MultipartType.BundleFeatures;

    private protected override void AppendItems(StringBuilder text)
    {
        text.Append($"options=0x{Options:x}");
        OpenFlowProperty.AppendAll(text, Properties);
    }

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow15);
        writer.Write(Options);
        writer.WriteZeros(4);
        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static BundleFeaturesRequest Read(ref OpenFlowReader reader)
    {
        var options = reader.ReadUInt32();
        reader.Skip(4);
        return new BundleFeaturesRequest(options, OpenFlowProperty.ReadAll(ref reader));
    }
}

/// <summary>What bundles the switch can do; OpenFlow 1.5.</summary>
/// <param name="Capabilities">Flags that bundles may have.</param>
/// <param name="Properties">Properties, all kept as they are.</param>
public sealed record BundleFeaturesReply(BundleFlags Capabilities, EquatableArray<OpenFlowProperty> Properties = default) : MultipartReply
{
    public override MultipartType Kind => MultipartType.BundleFeatures;

    private protected override void AppendItems(StringBuilder text)
    {
        text.Append($"capabilities={BundleWire.FlagNames(Capabilities)}");
        OpenFlowProperty.AppendAll(text, Properties);
    }

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow15);
        writer.Write((ushort)Capabilities);
        writer.WriteZeros(6);
        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static BundleFeaturesReply Read(ref OpenFlowReader reader)
    {
        var capabilities = (BundleFlags)reader.ReadUInt16();
        reader.Skip(6);
        return new BundleFeaturesReply(capabilities, OpenFlowProperty.ReadAll(ref reader));
    }
}

/// <summary>When a bundle with <see cref="BundleFlags.Time"/> is to be applied; OpenFlow 1.5.</summary>
public static class BundleTime
{
    private const ushort TimeType = 1;

    /// <summary>The property (<c>OFPBPT_TIME</c>) for a time since 1970-01-01 UTC.</summary>
    public static OpenFlowProperty Property(ulong seconds, uint nanoseconds)
    {
        var body = new byte[20];
        BinaryPrimitives.WriteUInt64BigEndian(body.AsSpan(4), seconds);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(12), nanoseconds);
        return new OpenFlowProperty(TimeType, EquatableArray.Create<byte>(body));
    }
}
