using System.Text.RegularExpressions;
using Metron.OpenFlow.Tests.OpenVSwitch;

namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Lets one process of <c>ovs-ofctl</c> read many messages or rules.</summary>
internal static partial class OvsBatch
{
    private const uint FirstMarker = 0xfeed_0000;

    /// <summary>What <c>ovs-ofctl</c> prints of each message, and what it logs while it reads them.</summary>
    /// <remarks>A barrier behind each message shows where the text about it ends.</remarks>
    public static (IReadOnlyList<string> Texts, string Log) Print(IReadOnlyList<byte[]> messages)
    {
        Assert.InRange(messages.Count, 0, 0xffff);
        var bytes = messages.SelectMany((message, i) =>
            message.Concat(OpenFlowCodec.Encode(new BarrierRequest(), (OpenFlowVersion)message[0], FirstMarker + (uint)i)));
        var (output, log) = RunOnFile([.. bytes], "ofp-parse");
        var texts = new List<string>();
        var lines = new List<string>();
        foreach (var line in output.Split('\n'))
        {
            if (Marker().Match(line) is { Success: true } marker)
            {
                Assert.Equal($"{FirstMarker + (uint)texts.Count:x}", marker.Groups[1].Value);
                texts.Add(string.Join('\n', lines));
                lines.Clear();
                continue;
            }

            lines.Add(line.TrimEnd());
        }

        Assert.Equal(messages.Count, texts.Count);
        return (texts, log);
    }

    /// <summary>What <c>ovs-ofctl</c> makes of rules in its own notation: as <see cref="Print"/>, transaction numbers left out.</summary>
    public static IReadOnlyList<string> ParseRules(OpenFlowVersion version, IReadOnlyList<string> rules)
    {
        var protocol = $"OpenFlow{version.ToDotted().Replace(".", "", StringComparison.Ordinal)}";
        var (output, log) = RunOnFile(System.Text.Encoding.ASCII.GetBytes(string.Join('\n', rules)), "-O", protocol, "parse-flows");
        var printed = output.Split('\n').Where(line => line.StartsWith("OFPT_", StringComparison.Ordinal)).Select(WithoutTransaction).ToList();
        Assert.True(printed.Count == rules.Count, $"{printed.Count} of {rules.Count} rules: {output[..Math.Min(400, output.Length)]}{log}");
        return printed;
    }

    public static string WithoutTransaction(string text) => Transaction().Replace(text.TrimEnd(), "");

    private static (string Output, string Log) RunOnFile(byte[] content, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, content);
            return OvsTools.Run("ovs-ofctl", [.. arguments, file]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"^OFPT_BARRIER_REQUEST .*\(xid=0x(feed[0-9a-f]{4})\):$|^OFPT_BARRIER_REQUEST \(xid=0x(?<1>feed[0-9a-f]{4})\):$")]
    private static partial Regex Marker();

    [GeneratedRegex(@" \(xid=0x[0-9a-f]+\)")]
    private static partial Regex Transaction();
}
