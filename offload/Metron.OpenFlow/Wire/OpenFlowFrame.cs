using System.Globalization;

namespace Metron.OpenFlow;

/// <summary>A message with its header (OpenFlow 1.3.5 section 7.1).</summary>
/// <param name="Version">Version byte of the header.</param>
/// <param name="TransactionId">The header's xid: replies and errors carry that of the request.</param>
/// <param name="Message">Type and content.</param>
public sealed record OpenFlowFrame(OpenFlowVersion Version, uint TransactionId, OpenFlowMessage Message)
{
    /// <summary>One line in the style of <c>ovs-ofctl ofp-print</c>.</summary>
    public override string ToString()
    {
        var message = Message.ToString();
        var nameEnd = Message.Name.Length;
        return string.Create(CultureInfo.InvariantCulture, $"{message.AsSpan(0, nameEnd)} (OF{Version.ToDotted()}) (xid=0x{TransactionId:x}){message.AsSpan(nameEnd)}");
    }
}
