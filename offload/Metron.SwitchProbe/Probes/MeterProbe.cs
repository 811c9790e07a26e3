using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Whether meters can be added and used by rules.</summary>
internal static class MeterProbe
{
    private const uint Meter = 0x5052;
    private const ushort Add = 0;
    private const ushort Delete = 2;
    private const ushort KilobitsPerSecond = 1;
    private const ushort DropBand = 1;

    /// <summary>What keeps meters from working; empty when they work.</summary>
    public static async Task<string> RunAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        if (session.Version < OpenFlowVersion.OpenFlow13)
        {
            return $"not in OpenFlow {session.Version.ToDotted()}";
        }

        session.State.Meters.Add(Meter);
        var added = (await session.SendAsync([Message(Add)], cancellation))[0];
        if (!added.IsSilent)
        {
            session.State.Meters.Remove(Meter);
            return added.ToString();
        }

        var guards = (await TableProbe.FindGuardsAsync(session, [table], cancellation))[table];
        var rule = new FlowMod { Table = table, Match = Match.Of(guards[0]), Instructions = [new MeterInstruction(Meter)] };
        var trial = await RuleTrials.RunAsync(session, rule, cancellation);
        await RemoveAllAsync(session, cancellation);
        return trial.Works ? "" : $"a meter can be added, but no rule can use it: {trial}";
    }

    /// <summary>Removes the meters of this check.</summary>
    public static async Task RemoveAllAsync(ProbeSession session, CancellationToken cancellation)
    {
        if (session.State.Meters.Count > 0)
        {
            await session.SendAsync([Message(Delete)], cancellation);
            session.State.Meters.Clear();
        }
    }

    // struct ofp_meter_mod with one drop band of 1 Mbit/s (OpenFlow 1.3.5 section 7.3.4.4).
    private static UnknownMessage Message(ushort command)
    {
        var body = new byte[command == Delete ? 8 : 24];
        BinaryPrimitives.WriteUInt16BigEndian(body, command);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(2), KilobitsPerSecond);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(4), Meter);
        if (command == Add)
        {
            BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(8), DropBand);
            BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(10), 16);
            BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(12), 1000);
        }

        return new UnknownMessage(MessageType.MeterMod, body.ToEquatableArray());
    }
}
