using System.Buffers.Binary;
using System.Net;
using Metron.VirtualSwitch;
using Xunit.Abstractions;

namespace Metron.Controller.Tests.Crashes;

/// <summary>
/// A real controller process is killed when its n-th message of an update has reached the switch, for each n, with that message carried out or not.
/// Started again, it makes the switch what it should be; packets that the update is not about are forwarded at every moment.
/// </summary>
/// <remarks>Every boundary when METRON_LONG_TESTS is set; else the first, one in the middle and one near the end.</remarks>
public class CrashTests(ITestOutputHelper output)
{
    private const int MostMessages = 1000;
    private static readonly bool _all = Environment.GetEnvironmentVariable("METRON_LONG_TESTS") is { Length: > 0 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_edit_of_a_rule_survives_a_kill_at_every_message(bool hasBundles)
    {
        await using var world = await CrashWorld.StartAsync(hasBundles);
        await world.Process.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = Specs.Firewall() });
        await world.SettledAsync("edge", rules: null);
        world.Check = () => CheckFirewall(world.Switch, hasBundles);
        var first = world.Rules();
        world.CountMessages();
        await EditAsync(world, "23");
        await world.SettledAsync("edge", rules: null);
        await world.GoneAsync("edge", 1);
        var second = world.Rules();
        Assert.NotEqual(first, second);
        var isSecond = true;
        await AtEveryBoundaryAsync(world, "edge", world.MessageCount, async () =>
        {
            isSecond = !isSecond;
            await EditAsync(world, isSecond ? "23" : "22");
            return isSecond ? second : first;
        });
    }

    [Fact]
    public async Task A_change_of_tags_survives_a_kill_at_every_message()
    {
        await using var world = await CrashWorld.StartAsync(hasBundles: false, hasAgent: true);
        await world.Process.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = Stateful("443") });
        await world.SettledAsync("web", rules: null);
        world.Check = () => CheckServer(world);
        var first = world.Rules();
        world.CountMessages();
        await world.Process.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest { ServiceChain = Stateful("444") });
        await world.SettledAsync("web", rules: null);
        await world.GoneAsync("web", 1);
        var second = world.Rules();
        var isSecond = true;
        await AtEveryBoundaryAsync(world, "web", world.MessageCount, async () =>
        {
            isSecond = !isSecond;
            await world.Process.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest { ServiceChain = Stateful(isSecond ? "444" : "443") });
            return isSecond ? second : first;
        });
    }

    [Fact]
    public async Task A_deletion_survives_a_kill_at_every_message()
    {
        await using var world = await CrashWorld.StartAsync(hasBundles: true);
        await world.Process.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = Specs.Firewall() });
        await world.SettledAsync("edge", rules: null);
        world.Check = () => CheckFirewall(world.Switch, isAtomic: false);
        var without = world.Rules();
        await CreateOtherAsync(world);
        world.CountMessages();
        await world.Process.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "other" });
        await world.SettledAsync("other", without);
        await AtEveryBoundaryAsync(world, "other", world.MessageCount, async () =>
        {
            await world.Process.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "other" });
            return without;
        },
        () => CreateOtherAsync(world));
    }

    /// <summary>Makes the change again and again, with a kill at its first, second, … message, until it comes through without one.</summary>
    /// <param name="world">The world.</param>
    /// <param name="chain">Name of the chain that is changed.</param>
    /// <param name="count">How many messages an undisturbed change took.</param>
    /// <param name="change">Makes the change; returns the rules that the switch is to have then.</param>
    /// <param name="prepare">Makes what is to be changed.</param>
    private async Task AtEveryBoundaryAsync(CrashWorld world, string chain, int count, Func<Task<IReadOnlyList<string>>> change, Func<Task>? prepare = null)
    {
        var boundaries = 0;
        foreach (var message in _all ? Enumerable.Range(1, MostMessages) : [1, count / 2, count - 1])
        {
            var before = boundaries;
            foreach (var isProcessed in new[] { false, true })
            {
                await (prepare?.Invoke() ?? Task.CompletedTask);
                var killed = world.KillAt(message, isProcessed);
                var expected = await change();
                await world.SettledAsync(chain, expected, killed);
                if (killed.IsCompleted)
                {
                    boundaries++;
                    await world.StartControllerAsync();
                    await world.SettledAsync(chain, expected);
                }

                world.Switch.Faults = Faults.None;
                Assert.True(world.Violations.Count == 0, string.Join('\n', world.Violations.Take(5)));
            }

            if (boundaries == before)
            {
                break;
            }
        }

        output.WriteLine(
            $"{boundaries} kills at the messages of an update of {count}; longest time from a controller that serves again to a switch as it should be: "
            + $"{world.WorstRecovery.TotalSeconds:0.00} s, which went like this:\n{world.WorstLog}");
        Assert.True(boundaries >= 4, $"killed {boundaries} times only");
    }

    private static async Task CreateOtherAsync(CrashWorld world)
    {
        await world.Process.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = Other() });
        await world.SettledAsync("other", rules: null);
    }

    private static async Task EditAsync(CrashWorld world, string deniedPort) =>
        await world.Process.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest { ServiceChain = Specs.Firewall(deniedPort: deniedPort) });

    /// <summary>The classes that no edit is about go on; the two that it is about are both old or both new where the switch has bundles.</summary>
    private static string? CheckFirewall(EmulatedSwitch atSwitch, bool isAtomic)
    {
        foreach (var (from, to) in new[] { (1U, 2U), (2U, 1U) })
        {
            if (!Goes(atSwitch, from, to, Frame(17, 53)) || !Goes(atSwitch, from, to, Frame(6, 80)))
            {
                return $"a packet of an unchanged class from port {from} is lost: {atSwitch.Ask(from, Frame(17, 53))} and {atSwitch.Ask(from, Frame(6, 80))}";
            }
        }

        return isAtomic && Goes(atSwitch, 1, 2, Frame(6, 22)) == Goes(atSwitch, 1, 2, Frame(6, 23)) ? "the changed classes are neither as before nor as after" : null;
    }

    /// <summary>Packets into the chain reach a program that the server runs, and what that program sends back leaves by the chain's other end.</summary>
    private static string? CheckServer(CrashWorld world)
    {
        var verdict = world.Switch.Ask(1, Frame(17, 53));
        if (verdict.Outputs is not [{ Port: 101 or 102, Frame: var tagged }])
        {
            return $"a packet from port 1 does not reach the server: {verdict}";
        }

        var tag = BinaryPrimitives.ReadUInt16BigEndian(tagged.AsSpan(14)) & 0xfff;
        var running = world.Agent!.Running.Keys.ToHashSet();
        var program = world.Programs.Where(pair => running.Contains(pair.Key)).Select(pair => pair.Value)
            .FirstOrDefault(program => program.IngressTags.Any(ingress => ingress.Value == tag));
        if (program is null)
        {
            return $"tag {tag} belongs to no program that the server runs";
        }

        var egress = program.EgressTags.First(egress => egress.Endpoint == "b").Value;
        byte[] returned = [.. Frame(17, 53).AsSpan(0, 12), 0x81, 0, (byte)(egress >> 8), (byte)egress, .. Frame(17, 53).AsSpan(12)];
        return Goes(world.Switch, 101, 2, returned) ? null : $"egress tag {egress} of revision {program.Revision} does not leave by port 2: {world.Switch.Ask(101, returned)}";
    }

    private static bool Goes(EmulatedSwitch atSwitch, uint from, uint to, byte[] frame) =>
        atSwitch.Ask(from, frame).Outputs is [var output] && output.Port == to;

    private static V1.ServiceChain Stateful(string denied)
    {
        var chain = Specs.Firewall("web", denied);
        chain.Spec.Functions[0].Firewall.Stateful = true;
        return chain;
    }

    private static V1.ServiceChain Other()
    {
        var chain = Specs.Firewall("other");
        chain.Spec.Endpoints[0].Port = 3;
        chain.Spec.Endpoints[1].Port = 4;
        return chain;
    }

    private static byte[] Frame(byte protocol, ushort port)
    {
        var frame = new byte[64];
        Convert.FromHexString("0200000000020200000000010800").CopyTo(frame, 0);
        var ip = frame.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], 50);
        (ip[8], ip[9]) = (64, protocol);
        IPAddress.Parse("198.51.100.1").TryWriteBytes(ip[12..], out _);
        IPAddress.Parse("192.0.2.1").TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], 50000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], port);
        ip[32] = 0x50;
        return frame;
    }
}
