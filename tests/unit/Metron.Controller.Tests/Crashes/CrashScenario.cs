using Metron.Offload;

namespace Metron.Controller.Tests.Crashes;

/// <summary>A kind of update, and what holds at every moment while it is made.</summary>
/// <param name="Name">What is updated.</param>
internal sealed record CrashScenario(string Name)
{
    /// <summary>What the switch can do.</summary>
    public SwitchProfile Profile { get; init; } = new() { Name = "emulated" };

    /// <summary>Whether the controller is told the profile; else it finds out what it needs.</summary>
    public bool IsProfileConfigured { get; init; }

    /// <summary>What the controller's configuration says of the switch, after its name.</summary>
    public string Settings { get; init; } = string.Empty;

    /// <summary>Whether the update makes one state of whatever is there; else it goes back and forth between two.</summary>
    public bool IsOneWay { get; init; }

    /// <summary>Whether a server is there.</summary>
    public bool HasAgent { get; init; }

    /// <summary>Makes what is there before the first update.</summary>
    public Func<CrashWorld, Task> Begin { get; init; } = _ => Task.CompletedTask;

    /// <summary>Makes what an update is about, each time anew; waits until it is there.</summary>
    public Func<CrashWorld, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>Makes the update: to the second state, or back to the first.</summary>
    public required Func<CrashWorld, bool, Task> Update { get; init; }

    /// <summary>Names of the chains that are updated; those that are deleted are to be gone.</summary>
    public required IReadOnlyList<string> Chains { get; init; }

    /// <summary>What is wrong with the switch after any of its messages; null for nothing.</summary>
    public Func<CrashWorld, string?> Check { get; init; } = _ => null;

    /// <summary>The name alone.</summary>
    public override string ToString() => Name;
}

/// <summary>The kinds of update that a kill must not spoil.</summary>
internal static class CrashScenarios
{
    private static readonly SwitchProfile WithoutBundles = new() { Name = "emulated", Bundles = false };

    public static IReadOnlyList<CrashScenario> All { get; } =
    [
        new("edit in a bundle")
        {
            Chains = ["edge"],
            Begin = world => world.CreateAsync(Specs.Firewall()),
            Update = EditAsync,
            Check = world => CrashPackets.OfFirewall(world.Switch) ?? CrashPackets.OldOrNew(world.Switch),
        },
        new("edit in two phases")
        {
            Profile = WithoutBundles,
            Chains = ["edge"],
            Begin = world => world.CreateAsync(Specs.Firewall()),
            Update = EditAsync,
            Check = world => CrashPackets.OfFirewall(world.Switch) ?? CrashPackets.OldOrNew(world.Switch),
        },
        new("edit in one table")
        {
            Profile = Profiles.SingleTable,
            IsProfileConfigured = true,
            Chains = ["edge"],
            Begin = world => world.CreateAsync(Specs.Firewall()),
            Update = EditAsync,
            Check = world => CrashPackets.OfFirewall(world.Switch),
        },
        new("other tags")
        {
            Profile = WithoutBundles,
            HasAgent = true,
            Chains = ["web"],
            Begin = world => world.CreateAsync(Stateful("443")),
            Update = (world, isSecond) => world.UpdateAsync(Stateful(isSecond ? "444" : "443")),
            Check = CrashPackets.ByServer,
        },
        new("another meter")
        {
            Settings = """, "meters": true""",
            HasAgent = true,
            Chains = ["web"],
            Begin = world => world.CreateAsync(Limited(100)),
            Update = (world, isSecond) => world.UpdateAsync(Limited(isSecond ? 200UL : 100)),
            Check = CrashPackets.ByServer,
        },
        new("deletion")
        {
            IsOneWay = true,
            Chains = ["other"],
            Begin = BeginWithEdgeAsync,
            Prepare = async world =>
            {
                await world.CreateAsync(Other("22"));
                await world.SettledAsync(["other"]);
            },
            Update = (world, _) => world.DeleteAsync("other"),
            Check = world => CrashPackets.OfFirewall(world.Switch),
        },
        new("first rules")
        {
            IsOneWay = true,
            Chains = ["other"],
            Begin = BeginWithEdgeAsync,
            Prepare = async world =>
            {
                await world.DeleteAsync("other");
                await world.SettledAsync(["other"]);
            },
            Update = (world, _) => world.CreateAsync(Other("22")),
            Check = world => CrashPackets.OfFirewall(world.Switch),
        },
        new("two chains at once")
        {
            Chains = ["edge", "other"],
            Begin = async world =>
            {
                await world.CreateAsync(Specs.Firewall());
                await world.CreateAsync(Other("22"));
            },
            Update = (world, isSecond) => Task.WhenAll(EditAsync(world, isSecond), world.UpdateAsync(Other(isSecond ? "23" : "22"))),
            Check = world => CrashPackets.OfFirewall(world.Switch) ?? CrashPackets.OldOrNew(world.Switch),
        },
        new("drift")
        {
            IsOneWay = true,
            Chains = ["edge"],
            Begin = world => world.CreateAsync(Specs.Firewall()),
            Update = (world, _) =>
            {
                world.Damage();
                return Task.CompletedTask;
            },
            Check = world => CrashPackets.OfFirewall(world.Switch),
        },
    ];

    private static async Task BeginWithEdgeAsync(CrashWorld world)
    {
        await world.CreateAsync(Specs.Firewall());
        await world.SettledAsync(["edge"]);
    }

    private static Task EditAsync(CrashWorld world, bool isSecond) => world.UpdateAsync(Specs.Firewall(deniedPort: isSecond ? "23" : "22"));

    private static V1.ServiceChain Stateful(string denied)
    {
        var chain = Specs.Firewall("web", denied);
        chain.Spec.Functions[0].Firewall.Stateful = true;
        return chain;
    }

    private static V1.ServiceChain Limited(ulong packetsPerSecond)
    {
        var chain = Specs.Monitor();
        chain.Spec.Functions[0] = new V1.NetworkFunction
        {
            Name = "count",
            Policer = new V1.Policer { Limits = { new V1.PolicerLimit { Name = "all", From = V1.Side.Inside, PacketsPerSecond = packetsPerSecond, Burst = 50 } } },
        };
        return chain;
    }

    private static V1.ServiceChain Other(string denied)
    {
        var chain = Specs.Firewall("other", denied);
        chain.Spec.Endpoints[0].Port = 3;
        chain.Spec.Endpoints[1].Port = 4;
        return chain;
    }
}
