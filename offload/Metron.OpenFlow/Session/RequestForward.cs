using System.Text;

namespace Metron.OpenFlow;

/// <summary>Another controller changed a group or a meter (OpenFlow 1.4.1 section 7.4.6).</summary>
/// <param name="Request">What the other controller sent: a <see cref="GroupMod"/> or a <see cref="MeterMod"/>.</param>
/// <param name="RequestTransactionId">Transaction number that the other controller gave it.</param>
public sealed record RequestForward(OpenFlowMessage Request, uint RequestTransactionId) : OpenFlowMessage
{
    public override MessageType Type => MessageType.RequestForward;

    internal override void Append(StringBuilder text) => text.Append($"(xid=0x{RequestTransactionId:x}) {Request}");

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow14);
        var own = writer.TransactionId;
        OpenFlowCodec.WriteFrame(ref writer, Request, version, RequestTransactionId);
        writer.TransactionId = own;
    }

    internal static RequestForward Read(ref OpenFlowReader reader)
    {
        BundleWire.RefuseNesting(ref reader);
        var part = reader.TakeBundled(reader.Remaining);
        var frame = OpenFlowCodec.Read(ref part);
        return new RequestForward(frame.Message, frame.TransactionId);
    }
}
