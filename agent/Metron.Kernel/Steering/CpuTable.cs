using System.Diagnostics;
using System.Runtime.InteropServices;
using Metron.Kernel.Bpf;
using Metron.Kernel.Cpus;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Steering;

/// <summary>How flow groups move between CPUs.</summary>
/// <param name="Pause">A group moves in the first pause of this length between two of its packets: what was sent to the old CPU is done by then.</param>
/// <param name="Deadline">A group without such a pause moves after this time; its packets in the old CPU's queue may then be overtaken.</param>
/// <param name="QueueLength">Frames that may wait for a CPU; more are dropped, counted by the kernel (tracepoint xdp:xdp_cpumap_enqueue).</param>
public sealed record CpuTableOptions(TimeSpan Pause, TimeSpan Deadline, int QueueLength)
{
    /// <summary>2 ms, 50 ms, 2048 frames.</summary>
    public static CpuTableOptions Usual { get; } = new(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(50), 2048);
}

/// <summary>
/// An indirection table in the kernel's memory: flow group → CPU. A move is written as a wish; the program itself carries it out, between two
/// packets of the group, so that all of its packets are on one CPU before and on the other after (flowlet switching: Sinha, Kandula et al.,
/// "Harnessing TCP's Burstiness with Flowlet Switching", HotNets 2004).
/// </summary>
public sealed class CpuTable : IDisposable
{
    private const uint NoMove = uint.MaxValue;
    private const int CpuOffset = 0;
    private const int NextOffset = 4;
    private const int SeenOffset = 8;
    private const int DeadlineOffset = 16;
    private const int PauseOffset = 24;
    private const int ActionPass = 2;

    private readonly BpfMap _table;
    private readonly BpfMap _cpus;
    private readonly CpuTableOptions _options;

    internal CpuTable(ReadOnlySpan<int> cpus, CpuTableOptions options)
    {
        _options = options;
        _table = BpfMap.Create(BpfMapKind.Array, "metron_cpu_of", Marshal.SizeOf<Entry>(), cpus.Length);
        _cpus = BpfMap.Create(BpfMapKind.CpuMap, "metron_cpus", sizeof(uint), PossibleCpus.Count);
        foreach (var cpu in cpus.ToArray().Distinct())
        {
            Admit(cpu);
        }

        for (var group = 0; group < cpus.Length; group++)
        {
            Put(group, new Entry { Cpu = (uint)cpus[group], Next = NoMove });
        }
    }

    /// <summary>Number of flow groups.</summary>
    public int Groups => _table.Entries;

    /// <summary>Lets a CPU take packets: the kernel starts a thread for it. Does nothing when it may already.</summary>
    /// <param name="cpu">Number of the CPU; it must be running.</param>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public void Admit(int cpu)
    {
        if (_cpus.ReadNumberOrZero(cpu) == 0)
        {
            _cpus.Write(cpu, (uint)_options.QueueLength);
        }
    }

    /// <summary>The kernel's thread that takes the packets of a CPU (kernel/bpf/cpumap.c names it); null when it cannot be seen.</summary>
    public KernelThread? FindThread(int cpu) => KernelThread.Find($"cpumap/{cpu}/map:{_cpus.ReadId()}");

    /// <summary>The CPU that a flow group's packets go to, and the one that it is about to move to; equal when it is not moving.</summary>
    public (int Cpu, int Next) Read(int group)
    {
        var entry = Get(group);
        return ((int)entry.Cpu, entry.Next == NoMove ? (int)entry.Cpu : (int)entry.Next);
    }

    /// <summary>Moves a flow group to another CPU, in its next pause or at the deadline. A group without packets moves with its next packet.</summary>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public void Move(int group, int cpu)
    {
        Admit(cpu);
        var now = Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency);
        var entry = new Entry
        {
            Cpu = Get(group).Cpu,
            Next = NoMove,
            Seen = (ulong)now,
            Deadline = (ulong)(now + Nanoseconds(_options.Deadline)),
            Pause = (ulong)Nanoseconds(_options.Pause),
        };

        // First the times, then the wish: a program that sees a part of the second write sees the times of the first.
        Put(group, entry);
        Put(group, entry with { Next = (uint)cpu });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _table.Dispose();
        _cpus.Dispose();
    }

    // The key is on the stack, the group in R9; frame and end are not needed any more. R6 entry, R7 next CPU, R9 CPU.
    internal void WriteSteering(BpfAssembler code, int groups, BpfLabel done)
    {
        var steer = new BpfLabel();
        var change = new BpfLabel();
        code.JumpIf(R9, BpfCondition.GreaterOrEqual, groups, done)
            .LoadMap(R1, _table)
            .Move(R2, R10)
            .Do(BpfOperation.Add, R2, TupleLayout.Key)
            .Call(BpfHelper.MapLookup)
            .JumpIf(R0, BpfCondition.Equal, 0, done)
            .Move(R6, R0)
            .Load(BpfWidth.Word, R9, R6, CpuOffset)
            .Load(BpfWidth.Word, R7, R6, NextOffset)
            .JumpIf32(R7, BpfCondition.Equal, unchecked((int)NoMove), steer)
            .Call(BpfHelper.Nanoseconds)
            .Load(BpfWidth.Double, R1, R6, SeenOffset)
            .Store(BpfWidth.Double, R6, SeenOffset, R0)
            .Load(BpfWidth.Double, R2, R6, DeadlineOffset)
            .JumpIf(R0, BpfCondition.GreaterOrEqual, R2, change)
            .Load(BpfWidth.Double, R3, R6, PauseOffset)
            .Do(BpfOperation.Subtract, R0, R1)
            .JumpIf(R0, BpfCondition.LessSigned, R3, steer)
            .Mark(change)
            .Store(BpfWidth.Word, R6, CpuOffset, R7)
            .Store(BpfWidth.Word, R6, NextOffset, -1)
            .Move(R9, R7)
            .Mark(steer)
            .LoadMap(R1, _cpus)
            .Move(R2, R9)
            .Move(R3, ActionPass)
            .Call(BpfHelper.RedirectMap)
            .Exit();
    }

    private static long Nanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;

    private Entry Get(int group)
    {
        var entry = default(Entry);
        _table.Read(group, MemoryMarshal.AsBytes(new Span<Entry>(ref entry)));
        return entry;
    }

    private void Put(int group, Entry entry) => _table.Write(group, MemoryMarshal.AsBytes(new ReadOnlySpan<Entry>(in entry)));

    /// <summary>The value of an entry. Times are of CLOCK_MONOTONIC, in nanoseconds.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private record struct Entry
    {
        public uint Cpu;
        public uint Next;
        public ulong Seen;
        public ulong Deadline;
        public ulong Pause;
    }
}
