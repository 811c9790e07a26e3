using Metron.Offload;
using Metron.OpenFlow;
using Metron.VirtualSwitch;
using Xunit.Abstractions;

namespace Metron.SwitchProbe.Tests;

/// <summary>What an emulated switch of a profile cannot do is found out, and nothing else.</summary>
public sealed class ProfileTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. SwitchProfiles.BuiltIn.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_profile_of_an_emulated_switch_is_found_out(string name)
    {
        var profile = SwitchProfiles.Find(name)!;
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions
        {
            Profile = profile,
            Faults = new Faults
            {
                RejectsHelloElements = !profile.HelloElements,
                Barriers = profile.Barriers == BarrierTruth.Missing ? BarrierFault.Refused : BarrierFault.None,
            },
        });
        var report = await Probe.RunAsync(emulated, output, new ProbeOptions { ProfileName = name, RateRules = 100, Destructive = profile.Tables.Count > 0, MaximumRules = 10_000 });
        var found = report.Profile!;
        Assert.Equal(profile.Versions, found.Versions);
        Assert.Equal(profile.HelloElements, found.HelloElements);
        Assert.Equal(profile.Metadata, found.Metadata);
        Assert.Equal(profile.Bundles, found.Bundles);
        Assert.Equal(profile.Barriers, found.Barriers);
        Assert.Equal(profile.RuleCounters, found.RuleCounters);
        Assert.Equal(profile.Meters, found.Meters);
        Assert.Equal(profile.Groups, found.Groups);
        Assert.Equal(string.Join('\n', profile.Tables.Select(table => Describe(table, profile))), string.Join('\n', found.Tables.Select(table => Describe(table, found))));
        Assert.Empty(emulated.Rules);
        Assert.Empty(emulated.Groups);
        Assert.Empty(emulated.Meters);
    }

    // Without actions no field is set; "all" are the higher tables that there are.
    private static string Describe(TableProfile table, SwitchProfile profile) => string.Join(
        '\n',
        $"table {table.Number} capacity {table.Capacity} same fields {table.SameFieldsOnly}",
        $"match {List(table.Match?.Select(field => $"{field.Field}: {field.Masks}"))}",
        $"set {List(table.Actions is { } able && !able.Contains(ActionType.SetField) ? [] : table.SetFields?.Select(field => $"{field}"))}",
        $"do {List(table.Actions?.Select(action => $"{action}"))}",
        $"next {List((table.Next ?? profile.Tables.Select(other => other.Number).Where(number => number > table.Number)).Select(next => $"{next}"))}");

    private static string List(IEnumerable<string>? texts) => texts is null ? "all" : string.Join(", ", texts.Order(StringComparer.Ordinal));
}
