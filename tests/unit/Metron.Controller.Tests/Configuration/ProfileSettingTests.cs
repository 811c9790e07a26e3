using Metron.Controller.Configuration;
using Metron.Controller.Store;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Configuration;

/// <summary>What the operator says of a switch's abilities is read, kept by datapath id, and used.</summary>
public sealed class ProfileSettingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_profile_that_comes_with_Metron_is_given_by_name() =>
        Assert.Equal(SwitchProfiles.Find("single-table"), Load("single-table").Switches[0].Profile);

    [Fact]
    public void A_profile_is_read_from_the_file_that_a_check_wrote()
    {
        var profile = new SwitchProfile { Name = "leaf7", Bundles = false, Tables = [new TableProfile(0) { Capacity = 12, Match = [new FieldProfile(Oxm.InPort, MaskSupport.Exact)] }] };
        File.WriteAllText(_folder["leaf7.json"], SwitchProfileJson.Write(profile));
        Assert.Equal(profile, Load(_folder["leaf7.json"]).Switches[0].Profile);
    }

    [Fact]
    public void A_switch_of_which_nothing_is_said_has_no_profile() => Assert.Null(Load(null).Switches[0].Profile);

    [Fact]
    public void A_file_that_is_not_there_is_named_with_what_could_be_written()
    {
        var problem = Assert.Throws<ConfigurationException>(() => Load("/nowhere/leaf7.json"));
        Assert.Contains("switches[0].profile: there is no file /nowhere/leaf7.json, and no profile of that name; write the path of a file or one of hello-1.3.0, no-barriers", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_in_the_file_is_told_with_its_place()
    {
        File.WriteAllText(_folder["wrong.json"], """{"name": "x", "bundles": 1, "tables": [{"number": 0, "match": {"ip_src": "prefx"}}]}""");
        var problem = Assert.Throws<ConfigurationException>(() => Load(_folder["wrong.json"]));
        Assert.Contains("wrong.json: bundles is 1,", problem.Message, StringComparison.Ordinal);
        Assert.Contains("wrong.json: tables[0].match.ip_src is \"prefx\",", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_is_kept_for_its_datapath_until_another_is_given()
    {
        var given = new ControllerConfiguration { Switches = [Switch(ulong.MaxValue - 1, "single-table"), Switch(2, "no-bundles")] };
        using (var database = Database.Open(_folder["c.db"]))
        {
            Assert.Equal(["single-table", "no-bundles"], Names(new ProfileStore(database).Complete(given)));
        }

        using var again = Database.Open(_folder["c.db"]);
        var silent = new ControllerConfiguration { Switches = [Switch(ulong.MaxValue - 1, null), Switch(2, "open-vswitch"), Switch(3, null)] };
        Assert.Equal(["single-table", "open-vswitch", null], Names(new ProfileStore(again).Complete(silent)));
        Assert.Equal(SwitchProfiles.Find("single-table"), new ProfileStore(again).Find(ulong.MaxValue - 1));
        Assert.Equal("open-vswitch", new ProfileStore(again).Find(2)!.Name);
    }

    private static IEnumerable<string?> Names(ControllerConfiguration configuration) => configuration.Switches.Select(known => known.Profile?.Name);

    private static ConfiguredSwitch Switch(ulong datapathId, string? profile) =>
        new($"s{datapathId}", datapathId, TagKind.Vlan) { Profile = profile is null ? null : SwitchProfiles.Find(profile) };

    private ControllerConfiguration Load(string? profile)
    {
        File.WriteAllText(_folder["config.json"], $$"""{"switches": [{"name": "leaf7", "datapathId": "7"{{(profile is null ? "" : $", \"profile\": \"{profile}\"")}}}]}""");
        return ConfigurationLoader.Load(_folder["config.json"], new ConfigurationOverrides());
    }
}
