using System.Buffers.Binary;
using System.Net;
using Metron.VirtualSwitch;

namespace Metron.Controller.Tests.Crashes;

/// <summary>What the switch does with packets, asked after each of its messages.</summary>
internal static class CrashPackets
{
    /// <summary>The classes of the firewall that no edit is about pass.</summary>
    public static string? OfFirewall(EmulatedSwitch atSwitch)
    {
        foreach (var (from, to) in new[] { (1U, 2U), (2U, 1U) })
        {
            if (!Goes(atSwitch, from, to, Frame(17, 53)) || !Goes(atSwitch, from, to, Frame(6, 80)))
            {
                return $"a packet of an unchanged class from port {from} is lost: {atSwitch.Ask(from, Frame(17, 53))} and {atSwitch.Ask(from, Frame(6, 80))}";
            }
        }

        return null;
    }

    /// <summary>The two classes of the firewall that an edit is about are both as before or both as after.</summary>
    public static string? OldOrNew(EmulatedSwitch atSwitch) =>
        Goes(atSwitch, 1, 2, Frame(6, 22)) == Goes(atSwitch, 1, 2, Frame(6, 23)) ? "the changed classes are neither as before nor as after" : null;

    /// <summary>Packets into the chain reach a program that the server runs, and what that program sends back leaves by the chain's other end.</summary>
    public static string? ByServer(CrashWorld world)
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
