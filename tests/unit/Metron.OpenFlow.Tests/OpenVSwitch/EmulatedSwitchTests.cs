using System.Net;
using Metron.OpenFlow.Tests.Negotiation;
using Metron.VirtualSwitch;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>The emulated switch that other tests rely on does with random messages what Open vSwitch does: the same refusals, the same rules.</summary>
public sealed class EmulatedSwitchTests(OvsDaemons ovs) : IClassFixture<OvsDaemons>
{
    private const int Rounds = 12;
    private const int MessagesPerRound = 40;
    private static readonly OxmField Ip = OxmField.EthernetType(0x0800);

    private static readonly Match[] Matches =
    [
        Match.Any,
        Match.Of(OxmField.InPort(1)),
        Match.Of(Ip),
        Match.Of(Ip, OxmField.Ipv4Source(IPAddress.Parse("10.0.0.0"), 8)),
        Match.Of(Ip, OxmField.Ipv4Source(IPAddress.Parse("10.1.0.0"), 16)),
        Match.Of(Ip, OxmField.IpProtocol(6), OxmField.TcpDestination(80)),
        Match.Of(Ip, OxmField.IpProtocol(6), OxmField.TcpDestination(80, 0xfff0)),
        Match.Of(Ip, OxmField.IpProtocol(17), OxmField.UdpDestination(53), OxmField.InPort(2)),
        Match.Of(OxmField.VlanId(7)),
        Match.Of(OxmField.VlanPresent()),
        Match.Of(OxmField.Metadata(5, 0xf)),
        Match.Of(OxmField.TcpDestination(80)),
        new([Ip, Ip]),
        new([OxmField.Ipv4Source(IPAddress.Loopback)]),
        new([new OxmField(Oxm.Ipv4Source, [10, 0, 0, 1, 255, 0, 0, 0], HasMask: true)]),
    ];

    private static readonly EquatableArray<Instruction>[] Instructions =
    [
        default,
        [new ApplyActionsInstruction([new OutputAction(1)])],
        [new ApplyActionsInstruction([new OutputAction(2), new OutputAction(PortNumber.InPort)])],
        [new ApplyActionsInstruction([new GroupAction(1)])],
        [new GotoTableInstruction(3)],
        [new WriteMetadataInstruction(5, 0xff), new GotoTableInstruction(9)],
        [new WriteActionsInstruction([new OutputAction(3)])],
        [new ApplyActionsInstruction([new PushVlanAction(), new SetFieldAction(OxmField.VlanId(9)), new OutputAction(2)])],
        [new ApplyActionsInstruction([new SetFieldAction(OxmField.VlanId(9))])],
        [new ApplyActionsInstruction([new PopVlanAction(), new OutputAction(1)])],
        [new ApplyActionsInstruction([new SetFieldAction(OxmField.Ipv4Destination(IPAddress.Parse("192.0.2.1"))), new OutputAction(1)])],
        [new ApplyActionsInstruction([new DecrementNetworkTtlAction(), new OutputAction(2)])],
    ];

    [OvsTheory]
    [InlineData(OpenFlowVersion.OpenFlow13)]
    [InlineData(OpenFlowVersion.OpenFlow14)]
    [InlineData(OpenFlowVersion.OpenFlow15)]
    public async Task Random_messages_have_the_same_outcome_as_in_Open_vSwitch(OpenFlowVersion version)
    {
        await using var real = await OvsSession.OpenAsync(ovs, version);
        await using var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0));
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions { Versions = VersionSet.Of(version) });
        emulated.ConnectTo(listener.EndPoint);
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
        for (var seed = 1; seed <= Rounds; seed++)
        {
            var random = new Random(seed);
            var messages = Enumerable.Range(0, MessagesPerRound).Select(_ => Next(random)).ToList();
            var expected = await real.Connection.SendAllAsync(messages, ScriptedPeer.Deadline());
            var actual = await connection.SendAllAsync(messages, ScriptedPeer.Deadline());
            var differences = Enumerable.Range(0, messages.Count).Where(i => ErrorOf(expected, i) != ErrorOf(actual, i))
                .Select(i => $"seed {seed}: {messages[i]}: Open vSwitch {ErrorOf(expected, i)}, emulated {ErrorOf(actual, i)}").ToList();
            Assert.True(differences.Count == 0, string.Join('\n', differences));
            var (there, here) = (await RulesAsync(real.Connection), await RulesAsync(connection));
            Assert.True(
                there.SequenceEqual(here),
                $"seed {seed}: only in Open vSwitch: {string.Join(" | ", there.Except(here))}\nonly in the emulated switch: {string.Join(" | ", here.Except(there))}");
            Assert.Equal(
                (await real.Connection.ReadGroupsAsync(ScriptedPeer.Deadline())).Select(group => group.ToString()).Order().ToArray(),
                (await connection.ReadGroupsAsync(ScriptedPeer.Deadline())).Select(group => group.ToString()).Order().ToArray());
        }
    }

    private static OpenFlowMessage Next(Random random)
    {
        if (random.Next(10) == 0)
        {
            var command = (GroupModCommand)random.Next(3);
            return new GroupMod(command, GroupKind.All, (uint)random.Next(1, 3), command == GroupModCommand.Delete ? default : [new Bucket { Actions = [new OutputAction(2)] }]);
        }

        var kind = (FlowModCommand)(random.Next(3) == 0 ? random.Next(5) : 0);
        var isDelete = kind >= FlowModCommand.Delete;
        return new FlowMod
        {
            Command = kind,
            Table = isDelete && random.Next(2) == 0 ? TableNumber.All : (byte)random.Next(0, 12),
            Priority = (ushort)random.Next(1, 5),
            Cookie = (ulong)random.Next(1, 8),
            CookieMask = random.Next(3) == 0 && kind != FlowModCommand.Add ? (ulong)random.Next(0, 8) : 0,
            OutPort = isDelete && random.Next(4) == 0 ? (uint)random.Next(1, 4) : PortNumber.Any,
            OutGroup = isDelete && random.Next(6) == 0 ? 1U : GroupNumber.Any,
            Flags = kind == FlowModCommand.Add && random.Next(6) == 0 ? FlowModFlags.CheckOverlap : FlowModFlags.None,
            Match = Matches[random.Next(Matches.Length)],
            Instructions = isDelete ? default : Instructions[random.Next(Instructions.Length)],
        };
    }

    private static string ErrorOf(SendResult result, int index) =>
        result.Failures.Where(failure => failure.Index == index).Select(failure => failure.Error.Code.Name).FirstOrDefault() ?? "done";

    private static async Task<string[]> RulesAsync(OpenFlowConnection connection) =>
        [.. (await connection.ReadFlowsAsync(FlowFilter.All, ScriptedPeer.Deadline())).Select(flow => (flow.ToFlowMod() with { Match = flow.Match.Canonical() }).ToString()).Order(StringComparer.Ordinal)];
}
