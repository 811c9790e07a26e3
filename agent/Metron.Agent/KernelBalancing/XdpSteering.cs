using Metron.Kernel.Bpf;
using Metron.Kernel.Cpus;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Steering;

namespace Metron.Agent.KernelBalancing;

/// <summary>
/// Steers by XDP: the program runs on the CPU that received a packet and hands it to the CPU of its flow group. For interfaces without an indirection
/// table, or with fewer queues than there are CPUs. It vanishes with the process.
/// </summary>
internal sealed class XdpSteering : ISteering
{
    private const string WithoutChecksums = "veth";
    private readonly SteeringProgram _program;
    private readonly XdpLink _attached;
    private readonly Dictionary<int, KernelThread?> _threads;

    private XdpSteering(SteeringProgram program, XdpLink attached, IReadOnlyList<int> cpus)
    {
        (_program, _attached, Cpus) = (program, attached, cpus);
        _threads = cpus.ToDictionary(cpu => cpu, program.Cpus!.FindThread);
        foreach (var thread in _threads.Values)
        {
            // A packet must not wait for programs more than it does in softirq. Where it is not allowed, it waits.
            thread?.TryPrefer();
        }
    }

    /// <inheritdoc/>
    public string Description => $"XDP ({(_attached.Mode == XdpMode.Native ? "native" : "generic")}) to cpumap";

    /// <inheritdoc/>
    public GroupCounters Counters => _program.Counters;

    /// <inheritdoc/>
    public IReadOnlyList<int> Cpus { get; }

    /// <summary>Attaches it, flow groups spread evenly over the CPUs.</summary>
    /// <exception cref="Kernel.KernelException">The kernel refuses it.</exception>
    public static XdpSteering Attach(NetworkLink link, BalanceOptions options)
    {
        var cpus = options.Cpus ?? PossibleCpus.Online();
        var owners = Enumerable.Range(0, options.Groups).Select(group => cpus[group % cpus.Count]).ToArray();
        var program = SteeringProgram.ToCpus(new FlowHash.Symmetric(), owners, CpuTableOptions.Usual);
        try
        {
            return new XdpSteering(program, XdpLink.Attach(program.Program, link, options.Mode ?? BestMode(link)), cpus);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> ReadOwners(Measurement measurement) => [.. Enumerable.Range(0, Counters.Groups).Select(group => _program.Cpus!.Read(group).Next)];

    /// <inheritdoc/>
    public void Move(IReadOnlyList<GroupMove> moves)
    {
        foreach (var move in moves)
        {
            _program.Cpus!.Move(move.Group, move.To);
        }
    }

    /// <inheritdoc/>
    public TimeSpan? ReadThreadTime(int cpu) => _threads.TryGetValue(cpu, out var thread) ? thread?.ReadRunTime() : TimeSpan.Zero;

    /// <inheritdoc/>
    public void Dispose()
    {
        _attached.Dispose();
        _program.Dispose();
    }

    // What a veth's peer sends has no checksum yet when it relies on the other end; native redirection forgets that it is to be trusted, and TCP drops it.
    private static XdpMode? BestMode(NetworkLink link) => link.Driver == WithoutChecksums ? XdpMode.Generic : null;
}
