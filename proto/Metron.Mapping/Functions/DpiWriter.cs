using Metron.NetworkFunctions.Dpi;

namespace Metron.Mapping.Functions;

/// <summary>Deep packet inspection to the wire; values that <see cref="DpiMapper"/> takes when nothing is given are left out.</summary>
internal static class DpiWriter
{
    public static V1.Dpi ToProto(DpiConfiguration dpi)
    {
        var defaults = new DpiConfiguration("");
        var result = new V1.Dpi
        {
            Mode = dpi.IsStreaming ? V1.DpiMode.Unspecified : V1.DpiMode.Block,
            FailMode = dpi.FailsClosed ? V1.FailMode.Closed : V1.FailMode.Unspecified,
            InspectedBytes = dpi.InspectedBytes == defaults.InspectedBytes ? 0 : (uint)dpi.InspectedBytes,
            StreamMebibytes = dpi.StreamMebibytes == defaults.StreamMebibytes ? 0 : (uint)dpi.StreamMebibytes,
            Timeouts = FunctionWriter.Timeouts(dpi.Timeouts),
        };
        result.Rules.AddRange(dpi.Rules.Select(ToProto));
        return result;
    }

    private static V1.DpiRule ToProto(DpiRule rule)
    {
        var result = new V1.DpiRule
        {
            Name = rule.Name,
            Description = rule.Description,
            From = rule.FromPort switch { 0 => V1.Side.Inside, 1 => V1.Side.Outside, _ => V1.Side.Unspecified },
            Direction = rule.Direction switch
            {
                DpiDirection.ToServer => V1.FlowDirection.ToServer,
                DpiDirection.ToClient => V1.FlowDirection.ToClient,
                _ => V1.FlowDirection.Unspecified,
            },
            Action = !rule.Denies ? V1.DpiAction.Alert : rule.Alerts ? V1.DpiAction.AlertAndDropFlow : V1.DpiAction.DropFlow,
        };
        result.Matches.AddRange(rule.Matches.Select(FunctionWriter.ToProto));
        result.Patterns.AddRange(rule.Patterns.Select(pattern => new V1.DpiPattern
        {
            Content = pattern.IsRegex ? "" : pattern.Text,
            Pcre = pattern.IsRegex ? pattern.Text : "",
            Nocase = pattern.IgnoresCase,
            Dotall = pattern.DotMatchesNewline,
            Multiline = pattern.IsMultiline,
            Offset = (uint)pattern.Offset,
            Depth = (uint)pattern.Depth,
        }));
        return result;
    }
}
