using System.Globalization;
using System.Text;
using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Writes rules in the notation of <c>ovs-ofctl add-flows</c>.</summary>
public static class RuleText
{
    /// <summary>"table=1,priority=900,cookie=0x4d…,match,actions=…" on one line.</summary>
    public static string Of(FlowMod flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"table={flow.Table},priority={flow.Priority},cookie=0x{flow.Cookie:x}");
        if (!flow.Match.Fields.IsEmpty)
        {
            text.Append(',').Append(flow.Match);
        }

        text.Append(",actions=");
        text.Append(flow.Instructions.IsEmpty ? "drop" : string.Join(',', flow.Instructions));
        return text.ToString();
    }
}
