using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Metron.Kernel.Bpf;
using static Metron.Kernel.Bpf.BpfOperation;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Steering;

/// <summary>What a program does with a packet once it has counted it.</summary>
public enum SteeringAction
{
    /// <summary>XDP: nothing else, the packet goes its way. The NIC steers by its own indirection table.</summary>
    Count,

    /// <summary>XDP: hands it to the CPU that <see cref="CpuTable"/> names for its flow group.</summary>
    RedirectToCpu,

    /// <summary>Socket filter: drops the socket's copy. The packet itself is not touched: for looking without changing anything.</summary>
    CountCopies,

    /// <summary>Fan-out: returns the queue that <see cref="QueueTable"/> names for its flow group.</summary>
    ChooseQueue,
}

/// <summary>
/// The program that puts packets into flow groups, counts them and steers them, written for the given hash and number of groups. VLAN headers
/// (two at most) are skipped. A packet that is not IP is counted apart, and goes its way, or to the queue of entry 0.
/// </summary>
public sealed class SteeringProgram : IDisposable
{
    /// <summary>Most flow groups.</summary>
    public const int MostGroups = 4096;

    private const int EthernetHeader = 14;
    private const int VlanHeader = 4;
    private const int ActionPass = 2;
    private const int OutgoingPacket = 4;
    private const int SkbType = 4;
    private const int SkbLength = 0;
    private const int SkbProtocol = 16;
    private const int SkbSegments = 164;

    private readonly BpfMap? _table;
    private readonly BpfAssembler _code = new();
    private readonly BpfLabel _strange = new();
    private readonly BpfLabel _grouped = new();
    private readonly BpfLabel _done = new();

    private SteeringProgram(SteeringAction action, FlowHash hash, int groups, BpfMap? table)
    {
        (Action, Hash, _table) = (action, hash, table);
        Counters = new GroupCounters(groups);
    }

    /// <summary>What it does.</summary>
    public SteeringAction Action { get; }

    /// <summary>How it finds the flow group.</summary>
    public FlowHash Hash { get; }

    /// <summary>What it counted.</summary>
    public GroupCounters Counters { get; }

    /// <summary>The CPUs of flow groups, for <see cref="SteeringAction.RedirectToCpu"/>.</summary>
    public CpuTable? Cpus { get; private set; }

    /// <summary>The queues of flow groups, for <see cref="SteeringAction.ChooseQueue"/>.</summary>
    public QueueTable? Queues { get; private set; }

    /// <summary>Where the NIC's queues are served, for <see cref="SteeringAction.Count"/>.</summary>
    public QueueCpus? QueueCpus { get; private set; }

    /// <summary>The program, loaded.</summary>
    public BpfProgram Program { get; private set; } = null!;

    /// <summary>Loads the program that only counts.</summary>
    /// <param name="action"><see cref="SteeringAction.Count"/> or <see cref="SteeringAction.CountCopies"/>.</param>
    /// <param name="hash">How to find the flow group.</param>
    /// <param name="groups">Number of flow groups: a power of two, at most <see cref="MostGroups"/>.</param>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public static SteeringProgram Counting(SteeringAction action, FlowHash hash, int groups) =>
        Load(action, hash, groups, program => program.QueueCpus = action == SteeringAction.Count ? new QueueCpus() : null);

    /// <summary>Loads the program that hands packets to CPUs.</summary>
    /// <param name="hash">How to find the flow group.</param>
    /// <param name="cpus">The CPU of each flow group: as many as there are groups, a power of two.</param>
    /// <param name="options">How groups move.</param>
    public static SteeringProgram ToCpus(FlowHash hash, ReadOnlySpan<int> cpus, CpuTableOptions options)
    {
        var first = cpus.ToArray();
        return Load(SteeringAction.RedirectToCpu, hash, cpus.Length, program => program.Cpus = new CpuTable(first, options));
    }

    /// <summary>Loads the program that chooses among the sockets of a fan-out group.</summary>
    /// <param name="hash">How to find the flow group.</param>
    /// <param name="queues">The queue of each flow group: as many as there are groups, a power of two.</param>
    public static SteeringProgram ToQueues(FlowHash hash, ReadOnlySpan<ushort> queues)
    {
        var first = queues.ToArray();
        return Load(SteeringAction.ChooseQueue, hash, queues.Length, program => program.Queues = new QueueTable(first));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Program?.Dispose();
        Counters.Dispose();
        Cpus?.Dispose();
        Queues?.Dispose();
        QueueCpus?.Dispose();
        _table?.Dispose();
    }

    private static SteeringProgram Load(SteeringAction action, FlowHash hash, int groups, Action<SteeringProgram> prepare)
    {
        if (groups is < 1 or > MostGroups || (groups & (groups - 1)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(groups), groups, $"the number of flow groups is a power of two, at most {MostGroups}");
        }

        var program = new SteeringProgram(action, hash, groups, MakeTable(hash));
        try
        {
            prepare(program);
            var forSockets = action is SteeringAction.CountCopies or SteeringAction.ChooseQueue;
            program.Write(forSockets);
            program.Program = BpfProgram.Load(forSockets ? BpfProgramKind.SocketFilter : BpfProgramKind.Xdp, "metron_steer", program._code.Assemble());
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    private static BpfMap? MakeTable(FlowHash hash)
    {
        if (hash is not FlowHash.Toeplitz toeplitz)
        {
            return null;
        }

        var values = toeplitz.ToTable();
        var map = BpfMap.Create(BpfMapKind.Array, "metron_toeplitz", values.Length * sizeof(uint), 1);
        map.Write(0, MemoryMarshal.AsBytes(values.AsSpan()));
        return map;
    }

    private void Write(bool forSockets)
    {
        if (forSockets)
        {
            WriteSocketEntry();
        }
        else
        {
            WriteXdpEntry();
        }

        _code.Mark(_strange).Move(R9, Counters.Groups);
        _code.Mark(_grouped).Store(BpfWidth.Word, R10, TupleLayout.Key, R9);
        WriteCount(forSockets);
        if (Cpus is { } cpus)
        {
            cpus.WriteSteering(_code, Counters.Groups, _done);
        }
        else if (Queues is { } queues)
        {
            queues.WriteSteering(_code, Counters.Groups, _done);
        }

        _code.Mark(_done).Move(R0, forSockets ? 0 : ActionPass).Exit();
    }

    // R1 is the struct xdp_md: data, data_end. Afterwards R7 is the frame, R8 its end, R6 the network header.
    private void WriteXdpEntry()
    {
        var ipv4 = new BpfLabel();
        var ipv6 = new BpfLabel();
        QueueCpus?.Write(_code);
        _code.Load(BpfWidth.Word, R7, R1, 0)
            .Load(BpfWidth.Word, R8, R1, 4)
            .Move(R6, R7)
            .Do(Add, R6, EthernetHeader)
            .JumpIf(R6, BpfCondition.Greater, R8, _strange)
            .Load(BpfWidth.Half, R3, R7, EthernetHeader - 2);
        for (var tags = 0; tags < 2; tags++)
        {
            var tagged = new BpfLabel();
            var untagged = new BpfLabel();
            _code.JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Vlan), tagged)
                .JumpIf(R3, BpfCondition.NotEqual, Wire(EtherType.ServiceVlan), untagged)
                .Mark(tagged)
                .Do(Add, R6, VlanHeader)
                .JumpIf(R6, BpfCondition.Greater, R8, _strange)
                .Load(BpfWidth.Half, R3, R6, -2)
                .Mark(untagged);
        }

        _code.JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Ipv4), ipv4)
            .JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Ipv6), ipv6)
            .Jump(_strange);
        WriteIp(new XdpReader(), ipv4, ipv6);
    }

    // R1 is the struct __sk_buff. The kernel has taken the outer VLAN header off and set the network header behind it.
    private void WriteSocketEntry()
    {
        var ipv4 = new BpfLabel();
        var ipv6 = new BpfLabel();
        var inner = new BpfLabel();
        var innerIpv4 = new BpfLabel();
        var innerIpv6 = new BpfLabel();
        _code.Move(R7, R1)
            .Load(BpfWidth.Word, R2, R7, SkbType)
            .JumpIf(R2, BpfCondition.Equal, OutgoingPacket, _done)
            .Load(BpfWidth.Word, R3, R7, SkbProtocol)
            .JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Ipv4), ipv4)
            .JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Ipv6), ipv6)
            .JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Vlan), inner)
            .JumpIf(R3, BpfCondition.NotEqual, Wire(EtherType.ServiceVlan), _strange)
            .Mark(inner);
        new SocketReader(0).Copy(_code, 0, TupleLayout.Header, 4, _strange);
        _code.Load(BpfWidth.Half, R3, R10, TupleLayout.Header + 2)
            .JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Ipv4), innerIpv4)
            .JumpIf(R3, BpfCondition.Equal, Wire(EtherType.Ipv6), innerIpv6)
            .Jump(_strange);
        WriteIp(new SocketReader(VlanHeader), innerIpv4, innerIpv6);
        WriteIp(new SocketReader(0), ipv4, ipv6);
    }

    private void WriteIp(PacketReader reader, BpfLabel ipv4, BpfLabel ipv6)
    {
        var ip = new IpCode(_code, reader, Hash, _table, Counters.Groups);
        _code.Mark(ipv4);
        ip.WriteIpv4(_strange, _grouped);
        _code.Mark(ipv6);
        ip.WriteIpv6(_strange, _grouped);
    }

    // Per CPU, and programs of one interface do not interrupt each other on a CPU: plain additions.
    private void WriteCount(bool forSockets)
    {
        _code.LoadMap(R1, Counters.Map)
            .Move(R2, R10)
            .Do(Add, R2, TupleLayout.Key)
            .Call(BpfHelper.MapLookup)
            .JumpIf(R0, BpfCondition.Equal, 0, _done);
        if (forSockets)
        {
            // Receive offload (GRO) has merged packets: count them all.
            var single = new BpfLabel();
            _code.Load(BpfWidth.Word, R1, R7, SkbSegments)
                .JumpIf(R1, BpfCondition.NotEqual, 0, single)
                .Move(R1, 1)
                .Mark(single)
                .Load(BpfWidth.Word, R2, R7, SkbLength);
        }
        else
        {
            _code.Move(R1, 1).Move(R2, R8).Do(Subtract, R2, R7);
        }

        _code.Load(BpfWidth.Double, R3, R0, 0)
            .Do(Add, R3, R1)
            .Store(BpfWidth.Double, R0, 0, R3)
            .Load(BpfWidth.Double, R3, R0, 8)
            .Do(Add, R3, R2)
            .Store(BpfWidth.Double, R0, 8, R3);
    }

    // A number in network byte order, as a load of this machine gives it.
    private static int Wire(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static class EtherType
    {
        public const ushort Ipv4 = 0x0800;
        public const ushort Ipv6 = 0x86dd;
        public const ushort Vlan = 0x8100;
        public const ushort ServiceVlan = 0x88a8;
    }
}
