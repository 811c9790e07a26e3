using CsCheck;
using Metron.OpenFlow;

namespace Metron.Offload.Tests.Profiles;

public sealed class SwitchProfileJsonTests
{
    private static readonly Gen<OxmType> Field = Gen.Frequency(
        (5, Gen.Int[0, Oxm.Known.Count - 1].Select(index => Oxm.Known[index].Type)),
        (1, Gen.Select(Gen.UInt, Gen.Byte[0, 127], (owner, number) => new OxmType(OxmClass.Experimenter, number, owner | 1))),
        (1, Gen.Byte[100, 127].Select(number => new OxmType(OxmClass.OpenFlowBasic, number))));

    private static readonly Gen<TableProfile> Table =
        from capacity in Gen.Int[1, 100_000].Nullable()
        from match in Gen.Select(Field, Gen.Enum<MaskSupport>(), (field, masks) => new FieldProfile(field, masks)).Array[0, 6]
        from hasMatch in Gen.Bool
        from setFields in Field.Array[0, 3]
        from actions in Gen.Enum<ActionType>().Array[0, 5]
        from hasActions in Gen.Bool
        from sameFields in Gen.Bool
        select new TableProfile(0)
        {
            Capacity = capacity,
            Match = hasMatch ? match.DistinctBy(field => field.Field).ToEquatableArray() : null,
            SetFields = hasActions ? setFields.ToEquatableArray() : null,
            Actions = hasActions ? actions.ToEquatableArray() : null,
            SameFieldsOnly = sameFields,
        };

    private static readonly Gen<SwitchProfile> Profile =
        from name in Gen.String[Gen.Char.AlphaNumeric, 1, 10]
        from description in Gen.String
        from versions in Gen.Enum<OpenFlowVersion>().Array[1, 3]
        from flags in Gen.Bool.Array[5]
        from barriers in Gen.Enum<BarrierTruth>()
        from groups in Gen.Enum<GroupKind>().Array[0, 3]
        from perBarrier in Gen.Int[1, 10_000]
        from inFlight in Gen.Int[1, 1_000_000]
        from tables in Table.Array[0, 4]
        select new SwitchProfile
        {
            Name = name,
            Description = string.Concat(description.Where(letter => !char.IsSurrogate(letter))),
            Versions = versions.Distinct().OrderDescending().ToEquatableArray(),
            HelloElements = flags[0],
            Metadata = flags[1],
            Bundles = flags[2],
            RuleCounters = flags[3],
            Meters = flags[4],
            Barriers = barriers,
            Groups = groups.ToEquatableArray(),
            RulesPerBarrier = perBarrier,
            RulesInFlight = inFlight,
            Tables = tables.Select((table, index) => table with
            {
                Number = (byte)(index * 3),
                Next = index % 2 == 0 && index + 1 < tables.Length ? [(byte)((index + 1) * 3)] : null,
            }).ToEquatableArray(),
        };

    [Fact]
    public void What_is_written_is_read_back_equal() =>
        Profile.Sample(profile => Assert.Equal(profile, SwitchProfileJson.Parse(SwitchProfileJson.Write(profile))));

    [Fact]
    public void Built_in_profiles_are_named_like_their_files_and_survive_a_round_trip()
    {
        Assert.Equal(
            ["hello-1.3.0", "no-barriers", "no-bundles", "no-vlan-actions", "open-vswitch", "single-table", "ttp-like"],
            SwitchProfiles.BuiltIn.Select(profile => profile.Name));
        foreach (var profile in SwitchProfiles.BuiltIn)
        {
            Assert.Equal(profile, SwitchProfileJson.Parse(SwitchProfileJson.Write(profile)));
            Assert.Same(profile, SwitchProfiles.Find(profile.Name));
        }
    }

    [Fact]
    public void Only_a_name_means_all_that_open_vswitch_can_do() =>
        Assert.Equal(SwitchProfiles.OpenVSwitch with { Description = "" }, SwitchProfileJson.Parse("""{"name": "open-vswitch"}"""));

    [Theory]
    [InlineData("[]", "the profile is [], must be an object: { … }")]
    [InlineData("{}", "name is missing: every profile has a name, such as \"lab-switch\"")]
    [InlineData("""{"name": ""}""", "name is \"\", must be a text that is not empty")]
    [InlineData("""{"name": "a", "name": "b"}""", "name is given twice")]
    [InlineData(
        """{"name": "a", "barier": "early"}""",
        "barier is not known (did you mean barriers?); there are name, description, versions, helloElements, metadata, bundles, barriers, ruleCounters, ")]
    [InlineData("""{"name": "a", "barriers": "erly"}""", "barriers is \"erly\", must be one of truthful, early, missing (did you mean early?)")]
    [InlineData("""{"name": "a", "bundles": 1}""", "bundles is 1, must be true or false")]
    [InlineData("""{"name": "a", "versions": ["1.3", "1.4"]}""", "versions is [\"1.3\", \"1.4\"], must name at least one version, each once, the highest first")]
    [InlineData("""{"name": "a", "versions": []}""", "versions is [], must name at least one version, each once, the highest first")]
    [InlineData("""{"name": "a", "versions": [1.3]}""", "versions[0] is 1.3, must be a version as a text: one of \"1.0\", \"1.1\", \"1.2\", \"1.3\", \"1.4\", \"1.5\"")]
    [InlineData("""{"name": "a", "rulesPerBarrier": 0}""", "rulesPerBarrier is 0, must be a number from 1 to 10000")]
    [InlineData("""{"name": "a", "groups": ["all", "some"]}""", "groups[1] is \"some\", must be one of all, select, indirect, fastFailover")]
    [InlineData("""{"name": "a", "tables": {}}""", "tables is {}, must be a list: [ … ]")]
    [InlineData("""{"name": "a", "tables": [{}]}""", "tables[0] has no number: every table says its number on the wire, 0 to 254")]
    [InlineData("""{"name": "a", "tables": [{"number": 255}]}""", "tables[0].number is 255, must be a number from 0 to 254")]
    [InlineData("""{"name": "a", "tables": [{"number": 0, "capacity": 0}]}""", "tables[0].capacity is 0, must be a number of at least 1")]
    [InlineData(
        """{"name": "a", "tables": [{"number": 2}, {"number": 2}]}""",
        "tables[1].number is 2, must be above 2, the table before: tables come in the order in which packets pass them")]
    [InlineData("""{"name": "a", "tables": [{"number": 2, "next": [3]}]}""", "tables[0].next is 3, must be a table of the profile behind table 2")]
    [InlineData("""{"name": "a", "tables": [{"number": 2, "next": ["3"]}]}""", "tables[0].next[0] is \"3\", must be the number of a table, 0 to 254")]
    [InlineData(
        """{"name": "a", "tables": [{"number": 0, "match": {"ip_source": "any"}}]}""",
        "tables[0].match.ip_source is no match field; fields have their names of ovs-ofctl")]
    [InlineData(
        """{"name": "a", "tables": [{"number": 0, "match": {"ip_srcc": "prefx"}}]}""",
        "tables[0].match.ip_srcc is no match field (did you mean ip_src?); fields have their names of ovs-ofctl",
        "tables[0].match.ip_srcc is \"prefx\", must be one of exact, prefix, any (did you mean prefix?)")]
    [InlineData("""{"name": "a", "tables": [{"number": 0, "setFields": [7]}]}""", "tables[0].setFields[0] is 7, must be a field by its name of ovs-ofctl")]
    [InlineData("""{"name": "a", "tables": [{"number": 0, "actions": ["pushVlann"]}]}""", "tables[0].actions[0] is \"pushVlann\"", "(did you mean pushVlan?)")]
    public void Problems_say_where_what_and_what_would_be_right(string json, params string[] messages)
    {
        var reading = SwitchProfileJson.Read(json);
        Assert.Null(reading.Profile);
        var all = string.Join('\n', reading.Problems);
        Assert.All(messages, message => Assert.Contains(message, all, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_problem_is_told_at_once() =>
        Assert.Equal(3, SwitchProfileJson.Read("""{"meters": 1, "barriers": 2, "tables": [{"number": 0}], "x": 0, "name": "a"}""").Problems.Count);

    [Fact]
    public void What_is_no_json_is_told_by_line_and_place()
    {
        var problem = Assert.Single(SwitchProfileJson.Read("{\n  \"name\": }").Problems);
        Assert.StartsWith("line 2, byte 11 is not JSON", problem.ToString(), StringComparison.Ordinal);
    }
}
