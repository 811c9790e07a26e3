using System.Buffers.Binary;
using CsCheck;
using Metron.Kernel.Bpf;
using Metron.Kernel.Steering;
using Metron.Packets.Hashing;

namespace Metron.Kernel.Tests;

/// <summary>The programs, run by the kernel on frames made here: they must find the flow group that the same hash in C# finds.</summary>
public sealed class SteeringProgramTests
{
    private const int Groups = 64;
    private const int Pass = 2;
    private const int Redirect = 4;
    private static readonly byte[] s_ports = [6, 17];

    private static readonly Gen<byte[]> s_frames = Gen.Select(
        Gen.Bool, Among<byte>(6, 17, 1, 132), Gen.ULong, Gen.ULong, Gen.UInt, Among<ushort>(0, 0, 0x4000, 0x2000, 0x0010), Gen.Int[0, 2], Gen.Int[0, 3])
        .Select((isV6, protocol, source, destination, ports, fragment, tags, cut) =>
            Build(isV6, protocol, source, destination, (ushort)(ports >> 16), (ushort)ports, fragment, tags, cut));

    [KernelFact]
    public void The_XDP_program_finds_the_flow_group_of_the_NICs_hash()
    {
        using var program = SteeringProgram.Counting(SteeringAction.Count, new FlowHash.Toeplitz(Toeplitz.MicrosoftKey.ToArray()) { PortProtocols4 = s_ports, PortProtocols6 = s_ports }, Groups);
        var oracle = new FrameHash(new Toeplitz(Toeplitz.MicrosoftKey), HashTypes.All);
        s_frames.Sample(
            frame =>
            {
                Assert.Equal(Pass, program.Program.Run(frame));
                Assert.Equal(oracle.TryCompute(frame, out var hash) ? (int)(hash & (Groups - 1)) : -1, TakeCounted(program, frame.Length));
            },
            iter: 2000,
            threads: 1);
    }

    [KernelFact]
    public void The_redirecting_program_finds_the_flow_group_of_the_symmetric_hash_for_both_directions()
    {
        var cpus = Enumerable.Repeat(PossibleCpus.Online()[0], Groups).ToArray();
        using var program = SteeringProgram.ToCpus(new FlowHash.Symmetric(), cpus, CpuTableOptions.Usual);
        Gen.Select(Gen.Bool, Among<byte>(6, 17, 132), Gen.ULong, Gen.ULong, Gen.UShort, Gen.UShort).Sample(
            (isV6, protocol, source, destination, sourcePort, destinationPort) =>
            {
                var frame = Build(isV6, protocol, source, destination, sourcePort, destinationPort, 0, 1, 0);
                var reply = Build(isV6, protocol, destination, source, destinationPort, sourcePort, 0, 0, 0);
                var ip = frame.AsSpan(18);
                var hash = isV6
                    ? FlowHash.Symmetric.Compute(ip.Slice(8, 16), ip.Slice(24, 16), sourcePort, destinationPort, protocol)
                    : FlowHash.Symmetric.Compute(ip.Slice(12, 4), ip.Slice(16, 4), sourcePort, destinationPort, protocol);
                foreach (var each in new[] { frame, reply })
                {
                    Assert.Equal(Redirect, program.Program.Run(each));
                    Assert.Equal((int)(hash & (Groups - 1)), TakeCounted(program, each.Length));
                }
            },
            iter: 500,
            threads: 1);
    }

    [KernelFact]
    public void What_is_not_IP_is_counted_apart_and_passes()
    {
        var cpus = Enumerable.Repeat(PossibleCpus.Online()[0], Groups).ToArray();
        using var program = SteeringProgram.ToCpus(new FlowHash.Symmetric(), cpus, CpuTableOptions.Usual);
        var frame = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0806);
        Assert.Equal(Pass, program.Program.Run(frame));
        Assert.Equal(1UL, program.Counters.Read().Other);
        Assert.Equal(0UL, program.Counters.Read().Total);
    }

    [KernelFact]
    public void The_fanout_program_returns_the_queue_that_the_table_names()
    {
        var queues = Enumerable.Range(0, Groups).Select(group => (ushort)(group % 4)).ToArray();
        using var program = SteeringProgram.ToQueues(new FlowHash.Toeplitz(Toeplitz.SymmetricKey.ToArray()) { PortProtocols4 = s_ports, PortProtocols6 = s_ports }, queues);
        var oracle = new FrameHash(new Toeplitz(Toeplitz.SymmetricKey), HashTypes.All);

        // BPF_PROG_TEST_RUN takes no tagged skb apart, and refuses frames without a whole IP header.
        s_frames.Where(frame => frame[12] is 0x08 && frame.Length >= 34 || frame[12] == 0x86 && frame.Length >= 54).Sample(
            frame =>
            {
                var entry = oracle.TryCompute(frame, out var hash) ? (int)(hash & (Groups - 1)) : 0;
                Assert.Equal(program.Queues!.Read(entry), program.Program.Run(frame));
                program.Queues.Write(entry, (ushort)((program.Queues.Read(entry) + 1) % 4));
                Assert.Equal(program.Queues.Read(entry), program.Program.Run(frame));
            },
            iter: 1000,
            threads: 1);
    }

    [KernelFact]
    public void A_group_moves_with_its_first_packet_after_a_pause()
    {
        var cpu = PossibleCpus.Online()[0];
        using var program = SteeringProgram.ToCpus(new FlowHash.Symmetric(), [cpu], new CpuTableOptions(TimeSpan.Zero, TimeSpan.FromSeconds(60), 64));
        program.Cpus!.Move(0, PossibleCpus.Online()[^1]);
        Assert.Equal((cpu, PossibleCpus.Online()[^1]), program.Cpus.Read(0));
        program.Program.Run(new FrameBuilder().Build());
        Assert.Equal((PossibleCpus.Online()[^1], PossibleCpus.Online()[^1]), program.Cpus.Read(0));
    }

    [KernelFact]
    public void A_group_without_a_pause_stays_until_the_deadline()
    {
        var (first, last) = (PossibleCpus.Online()[0], PossibleCpus.Online()[^1]);
        using var patient = SteeringProgram.ToCpus(new FlowHash.Symmetric(), [first], new CpuTableOptions(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), 64));
        patient.Cpus!.Move(0, last);
        patient.Program.Run(new FrameBuilder().Build());
        Assert.Equal((first, last), patient.Cpus.Read(0));

        using var hasty = SteeringProgram.ToCpus(new FlowHash.Symmetric(), [first], new CpuTableOptions(TimeSpan.FromMinutes(1), TimeSpan.Zero, 64));
        hasty.Cpus!.Move(0, last);
        hasty.Program.Run(new FrameBuilder().Build());
        Assert.Equal((last, last), hasty.Cpus.Read(0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8192)]
    public void The_number_of_groups_is_a_power_of_two(int groups) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SteeringProgram.Counting(SteeringAction.Count, new FlowHash.Symmetric(), groups).Dispose());

    // The flow group whose counter rose by one packet since the last call; -1 for none.
    private int TakeCounted(SteeringProgram program, int bytes)
    {
        var counts = program.Counters.Read();
        var found = -1;
        for (var group = 0; group < Groups; group++)
        {
            if (counts.Packets[group] != _packets[group])
            {
                Assert.Equal(_packets[group] + 1, counts.Packets[group]);
                Assert.Equal(_bytes[group] + (ulong)bytes, counts.Bytes[group]);
                found = found == -1 ? group : throw new InvalidOperationException("two groups counted one packet");
            }
        }

        (_packets, _bytes) = (counts.Packets, counts.Bytes);
        return found;
    }

    private IReadOnlyList<ulong> _packets = new ulong[Groups];
    private IReadOnlyList<ulong> _bytes = new ulong[Groups];

    private static Gen<T> Among<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static byte[] Build(
        bool isV6, byte protocol, ulong source, ulong destination, ushort sourcePort, ushort destinationPort, ushort fragment, int tags, int cut)
    {
        UInt128 Address(ulong value) => isV6 ? new UInt128(0x20010db800000000, value) : (uint)value;
        var builder = new FrameBuilder
        {
            Source = isV6 ? IpAddress.V6(Address(source)) : IpAddress.V4((uint)source),
            Destination = isV6 ? IpAddress.V6(Address(destination)) : IpAddress.V4((uint)destination),
            Protocol = protocol,
            SourcePort = sourcePort,
            DestinationPort = destinationPort,
            Fragment = isV6 ? (ushort)0 : fragment,
            Payload = [(byte)(sourcePort >> 8), (byte)sourcePort, (byte)(destinationPort >> 8), (byte)destinationPort],
        };
        byte[] frame = builder.Build();
        for (var tag = 0; tag < tags; tag++)
        {
            frame = [.. frame[..12], tag == 0 ? (byte)0x81 : (byte)0x88, tag == 0 ? (byte)0 : (byte)0xa8, 0, 7, .. frame[12..]];
        }

        // Some end within their headers: behind the addresses, or in the middle of them.
        var ip = 14 + 4 * tags;
        return cut switch
        {
            1 => frame[..(ip + (isV6 ? 40 : 20) + 2)],
            2 => frame[..(ip + 13)],
            _ => frame,
        };
    }
}
