using Metron.Dataplane.Sampling;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Vlan;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Programs;

/// <summary>A function of a program in one flow group.</summary>
/// <param name="instance">Its own instance.</param>
/// <param name="lineage">Number that it shares with those whose state it took over.</param>
internal sealed class WorkerFunction(NetworkFunction instance, int lineage)
{
    public NetworkFunction Instance { get; } = instance;

    public int Lineage { get; } = lineage;

    /// <summary>Whose state it takes over when it begins to run; null for none, or when that one is gone. Then written by the group's owner.</summary>
    public WorkerFunction? Predecessor { get; set; }

    /// <summary>Whether another one took its state over, and ages it. Written by the group's owner.</summary>
    public bool IsSuperseded { get; set; }
}

/// <summary>A program in one flow group: its function instances and counters. All but the counters' reading belongs to the thread of the group's owner.</summary>
internal sealed unsafe class WorkerProgram : IDisposable
{
    private const int ReasonsPerFunction = 64;

    private readonly NativeRegion _dropRegion;
    private readonly int[] _visits;
    private readonly bool[] _changesFrames;
    private readonly bool[] _takesRawFrames;
    private readonly bool[] _answersNeighbors;
    private int _walk;

    /// <param name="number">Its number, from 1 on; the entries' name for it.</param>
    /// <param name="group">Number of the flow group.</param>
    /// <param name="compiled">What was compiled of it for all groups.</param>
    /// <param name="functions">Instances, by the functions' index.</param>
    public WorkerProgram(ushort number, int group, CompiledProgram compiled, WorkerFunction[] functions)
    {
        Number = number;
        Group = group;
        Compiled = compiled;
        Functions = functions;
        ReadsPayload = functions.Any(function => function.Instance.ReadsPayload);
        _changesFrames = Array.ConvertAll(functions, function => function.Instance.ChangesFrames);
        ReadsSegmentSize = functions.Any(function => function.Instance.ReadsSegmentSize);
        ReadsNext = functions.Any(function => function.Instance.ReadsNext);
        Samples = new ProgramSamples(functions.Length);
        _visits = new int[compiled.PortCount];
        (_takesRawFrames, _answersNeighbors) = FindFrames(compiled, functions);
        _dropRegion = new NativeRegion((nuint)((functions.Length + 1) * ReasonsPerFunction * sizeof(ulong)));
    }

    public ushort Number { get; }

    /// <summary>Number of the flow group.</summary>
    public int Group { get; }

    public CompiledProgram Compiled { get; }

    public WorkerFunction[] Functions { get; }

    /// <summary>What was measured of it.</summary>
    public ProgramSamples Samples { get; }

    /// <summary>Whether a function wants to see what packets carry.</summary>
    public bool ReadsPayload { get; }

    /// <summary>Whether a packet that goes there ends its segment: there is an endpoint, or a function that changes frames.</summary>
    public bool EndsSegment(in WireTarget at) => at.Endpoint >= 0 || _changesFrames[at.Function];

    /// <summary>Whether frames that enter there are shown to a function without being read as packets.</summary>
    public bool TakesRawFrames(in WireTarget at) => at.Endpoint < 0 && _takesRawFrames[Compiled.PortIndex(at.Function, at.Port)];

    /// <summary>
    /// Whether a function answers ARP requests and neighbour solicitations that enter there. Only those from an endpoint that is linked to it, directly or through
    /// VLAN functions: others have passed functions as packets, wherever these run.
    /// </summary>
    public bool AnswersNeighbors(in WireTarget at) => at.Endpoint < 0 && _answersNeighbors[Compiled.PortIndex(at.Function, at.Port)];

    /// <summary>Whether a function wants to see what segment sizes SYNs announce.</summary>
    public bool ReadsSegmentSize { get; }

    /// <summary>Whether a function wants to see the packet behind one that it works on.</summary>
    public bool ReadsNext { get; }

    /// <summary>Begins a walk: no port was visited yet.</summary>
    public void BeginWalk()
    {
        if (++_walk == int.MaxValue)
        {
            Array.Clear(_visits);
            _walk = 1;
        }
    }

    /// <summary>Notes a visit of a function's port.</summary>
    /// <returns>False when this walk was there before.</returns>
    public bool TryVisit(int portIndex)
    {
        if (_visits[portIndex] == _walk)
        {
            return false;
        }

        _visits[portIndex] = _walk;
        return true;
    }

    /// <summary>Counts a drop by a function.</summary>
    public void CountDrop(int function, DropReason reason) => Drops(function)[(int)reason]++;

    /// <summary>Drops of a function so far, by reason. Callable from any thread while the program is deployed.</summary>
    public Dictionary<DropReason, ulong> ReadDrops(int function)
    {
        var drops = new Dictionary<DropReason, ulong>();
        for (var reason = 0; reason < ReasonsPerFunction; reason++)
        {
            var count = Volatile.Read(ref Drops(function)[reason]);
            if (count != 0)
            {
                drops[(DropReason)reason] = count;
            }
        }

        return drops;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _dropRegion.Dispose();
        Samples.Dispose();
    }

    /// <summary>By port: what <see cref="TakesRawFrames"/> and <see cref="AnswersNeighbors"/> say.</summary>
    private static (bool[] TakesRaw, bool[] Answers) FindFrames(CompiledProgram compiled, WorkerFunction[] functions)
    {
        var (raw, answers) = (new bool[compiled.PortCount], new bool[compiled.PortCount]);
        for (var function = 0; function < functions.Length; function++)
        {
            for (var port = 0; port < compiled.Program.Functions[function].Ports.Count; port++)
            {
                var behind = compiled.Target(function, port);
                var isAsked = behind.Endpoint >= 0
                    || (behind != WireTarget.Nowhere && compiled.Program.Functions[behind.Function] is VlanConfiguration vlan && vlan.IdAt(behind.Port) == 0);
                raw[compiled.PortIndex(function, port)] = functions[function].Instance.TakesRawFrames(port);
                answers[compiled.PortIndex(function, port)] = isAsked && functions[function].Instance.AnswersNeighbors(port);
            }
        }

        return (raw, answers);
    }

    private ulong* Drops(int function) => (ulong*)_dropRegion.Start + (function * ReasonsPerFunction);
}
