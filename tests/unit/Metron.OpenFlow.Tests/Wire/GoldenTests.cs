using System.Text;
using Metron.OpenFlow.Tests.OpenVSwitch;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Wire;

/// <summary>
/// Golden files: for each message its bytes in hexadecimal, our line of text, and what <c>ovs-ofctl ofp-print</c> of Open vSwitch
/// 3.1 says of the same bytes. Set METRON_GOLDEN_WRITE to the Golden folder to write them anew, and review the difference.
/// </summary>
public sealed class GoldenTests
{
    private static readonly Lazy<Dictionary<OpenFlowVersion, Dictionary<string, Entry>>> Golden =
        new(() => Sample.Versions.ToDictionary(version => version, Load));

    public static TheoryData<OpenFlowVersion, string> Samples => Sample.Names();

    public static TheoryData<OpenFlowVersion, string> SamplesForOvs => Sample.Names(sample => sample.OvsReads);

    [Theory]
    [MemberData(nameof(Samples))]
    public void Bytes_and_text_are_those_of_the_golden_file(OpenFlowVersion version, string name)
    {
        var entry = Golden.Value[version][name];
        Assert.Equal(entry.Hex, Convert.ToHexStringLower(Sample.Find(version, name).Encode(version)));
        Assert.Equal(entry.Text, OpenFlowCodec.Decode(Convert.FromHexString(entry.Hex)).ToString());
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_message_is_one_line_of_text(OpenFlowVersion version, string name) =>
        Assert.DoesNotContain(OpenFlowCodec.Decode(Sample.Find(version, name).Encode(version)).ToString(), char.IsControl);

    [Fact]
    public void No_golden_entry_is_left_over() =>
        Assert.All(Sample.Versions, version =>
            Assert.Equal(Sample.All(version).Select(sample => sample.Name).Order(), Golden.Value[version].Keys.Order()));

    [OvsTheory]
    [MemberData(nameof(SamplesForOvs))]
    public void Ovs_ofctl_reads_the_same_from_the_bytes(OpenFlowVersion version, string name)
    {
        var printed = OvsTools.Print(Sample.Find(version, name).Encode(version));
        Assert.DoesNotContain("decode error", printed, StringComparison.Ordinal);
        if (OvsTools.Version.StartsWith("3.1.", StringComparison.Ordinal))
        {
            Assert.Equal(Golden.Value[version][name].Ovs, printed);
        }
    }

    private static Dictionary<string, Entry> Load(OpenFlowVersion version)
    {
        var folder = Environment.GetEnvironmentVariable("METRON_GOLDEN_WRITE");
        if (string.IsNullOrEmpty(folder))
        {
            return Read(File.ReadAllText(Path.Combine("Golden", FileName(version))));
        }

        var text = Write(version);
        File.WriteAllText(Path.Combine(folder, FileName(version)), text);
        return Read(text);
    }

    private static string Write(OpenFlowVersion version)
    {
        var text = new StringBuilder();
        foreach (var sample in Sample.All(version))
        {
            var bytes = sample.Encode(version);
            text.Append($"# {sample.Name}\n{Convert.ToHexStringLower(bytes)}\n{OpenFlowCodec.Decode(bytes)}\n");
            foreach (var line in sample.OvsReads ? OvsTools.Print(bytes).Split('\n') : [])
            {
                text.Append($"ovs| {line}".TrimEnd()).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string FileName(OpenFlowVersion version) => $"openflow{version.ToDotted()}.txt";

    private static Dictionary<string, Entry> Read(string file)
    {
        var entries = new Dictionary<string, Entry>();
        foreach (var block in file.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.TrimEnd('\n').Split('\n');
            var ovs = lines.Skip(3).Select(line => line.Length > 5 ? line["ovs| ".Length..] : "");
            entries.Add(lines[0]["# ".Length..], new Entry(lines[1], lines[2], string.Join('\n', ovs)));
        }

        return entries;
    }

    private sealed record Entry(string Hex, string Text, string Ovs);
}
