using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>
/// Our text and our bytes mean the same to Open vSwitch: what <c>ovs-ofctl parse-flow</c> makes of the text equals what
/// <c>ofp-print</c> makes of the bytes. This checks encoder and formatter against an independent implementation, twice.
/// </summary>
public sealed class OvsNotationTests
{
    // Our words are those of later versions, which ovs-ofctl then takes for an extension of 1.0.
    private static readonly string[] NotIn10 = ["match-sctp", "match-vlan-any-of-priority", "action-sctp", "action-vlan-untagged"];

    public static TheoryData<OpenFlowVersion, string> Rules => Sample.Names(
        (version, sample) => sample is { OvsReads: true, Message: FlowMod { Command: FlowModCommand.Add } }
            && !(version == OpenFlowVersion.OpenFlow10 && NotIn10.Contains(sample.Name)));

    public static TheoryData<OpenFlowVersion, string> Groups =>
        Sample.Names(sample => sample is { OvsReads: true, Message: GroupMod { Command: GroupModCommand.Add } });

    [OvsTheory]
    [MemberData(nameof(Rules))]
    public void A_rule_s_text_means_the_same_as_its_bytes(OpenFlowVersion version, string name)
    {
        // There is no notation for a buffered packet.
        var rule = (FlowMod)Sample.Find(version, name).Message with { Buffer = BufferNumber.None };
        var text = rule.ToString()["OFPT_FLOW_MOD: ADD ".Length..];
        Assert.Equal(
            OvsTools.Print(OpenFlowCodec.Encode(rule, version, 1)),
            Parse("parse-flow", version, text));
    }

    [OvsTheory]
    [MemberData(nameof(Groups))]
    public void A_group_s_text_means_the_same_as_its_bytes(OpenFlowVersion version, string name)
    {
        var group = (GroupMod)Sample.Find(version, name).Message;
        var text = group.ToString()["OFPT_GROUP_MOD: ADD ".Length..];
        Assert.Equal(
            OvsTools.Print(OpenFlowCodec.Encode(group, version, 1)),
            Parse("parse-group", version, text));
    }

    private static string Parse(string command, OpenFlowVersion version, string text)
    {
        var (output, errors) = OvsTools.Run("ovs-ofctl", "-O", $"OpenFlow{version.ToDotted().Replace(".", "", StringComparison.Ordinal)}", command, text);
        var start = output.IndexOf("OFPT_", StringComparison.Ordinal);
        Assert.True(start >= 0, $"{text}: {output}{errors}");
        return string.Join('\n', output[start..].TrimEnd().Split('\n').Select(line => line.TrimEnd()));
    }
}
