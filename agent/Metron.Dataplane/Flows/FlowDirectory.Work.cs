using System.Runtime.Intrinsics.X86;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Workers;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Flows;

/// <content>What functions do with every packet of a flow that has an entry.</content>
internal sealed unsafe partial class FlowDirectory
{
    private const int WorkPerFlow = 2;

    private readonly WorkPool _work;

    /// <summary>Has what <see cref="Work"/> will need first brought into the cache.</summary>
    /// <param name="packet">A packet after its entry was looked for.</param>
    /// <returns>What to give to <see cref="PrepareWork"/>; 0: nothing.</returns>
    public int PrefetchWork(in PendingPacket packet) => packet switch
    {
        { Candidate: 0 } => 0,
        { Path: PacketPath.Ipv4Flow } => PrefetchWork(V4, packet.Candidate),
        { Path: PacketPath.Ipv6Flow } => PrefetchWork(V6, packet.Candidate),
        _ => 0,
    };

    /// <summary>Lets the function that works on a packet first have what it keeps for it brought into the cache.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="work">As <see cref="PrefetchWork(in PendingPacket)"/> said, not 0.</param>
    public void PrepareWork(in PendingPacket packet, int work)
    {
        var number = (int)packet.Candidate - 1;
        var record = packet.Path == PacketPath.Ipv4Flow ? V4.Record(number) : V6.Record(number);
        var node = _work[work];
        _programs[record->Program]?.Functions[node->Function].Instance.PrepareWork(node->Handle);
    }

    private int PrefetchWork<TAddresses>(FlowTable<TAddresses> table, uint candidate)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var number = (int)candidate - 1;
        var work = table.Entry(number)->Work;
        if (work != 0)
        {
            Sse.Prefetch0(_work[work]);
            Sse.Prefetch0(table.Record(number));
        }

        return work;
    }

    /// <summary>Shows a packet to the functions that asked for each one of its flow.</summary>
    /// <param name="table">The entry's table.</param>
    /// <param name="entry">The entry; it has work.</param>
    /// <param name="packet">The packet, not rewritten yet.</param>
    /// <param name="networkOffset">Where its IP header begins.</param>
    /// <param name="mbuf">The packet's buffer.</param>
    /// <param name="copies">Gets the copies that functions want of it.</param>
    /// <returns>
    /// Why it is dropped, and counted for the function already; or <see cref="DropReason.None"/>. It counts for nothing when the packet asks for the
    /// slow path.
    /// </returns>
    public DropReason Work<TAddresses>(
        FlowTable<TAddresses> table, FlowEntry<TAddresses>* entry, ref EstablishedPacket packet, int networkOffset, Mbuf mbuf, PacketCopies copies)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var record = table.Record(table.NumberOf(entry));
        var program = _programs[record->Program]!;
        for (var name = entry->Work; name != 0; name = _work[name]->Next)
        {
            var node = _work[name];
            Owner.Sampler.EnterFunction();
            var reason = program.Functions[node->Function].Instance.Work(node->Handle, ref packet);
            Owner.Sampler.LeaveFunction(program.Samples, node->Function, FunctionPath.Established);
            if (packet.AsksFunctions)
            {
                return DropReason.None;
            }

            if (reason != DropReason.None)
            {
                program.CountDrop(node->Function, reason);
                TellThoseBefore(program, record, node->Passed, packet.FrameLength);
                return reason;
            }

            if (packet.IsCopied)
            {
                packet.IsCopied = false;
                if (!TryCopy<TAddresses>(node, networkOffset, mbuf, copies))
                {
                    program.CountDrop(node->Function, DropReason.NoBuffer);
                    copies.Failed++;
                }
            }
        }

        return DropReason.None;
    }

    /// <summary>Gives a piece of work an action for copies; see <see cref="WorkPool.AddCopy"/>.</summary>
    public CopyAction* AddCopy(int list, int index) => _work.AddCopy(list, index);

    private bool TryCopy<TAddresses>(WorkNode* node, int networkOffset, Mbuf mbuf, PacketCopies copies)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var action = _work.CopyOf(node);
        if (action == null || !copies.TryMake(mbuf, out var copy))
        {
            return false;
        }

        FlowRewriter.Apply(copy.Data + networkOffset, (FlowEntry<TAddresses>*)&action->Action);
        ExitImage.Write(copy.Data, action->Keep, action->Value);
        PacketCopies.Truncate(copy, action->Length, networkOffset);
        return true;
    }

    private static int LengthOf(DependencyPool pool, int list)
    {
        var count = 0;
        for (; list >= 0; list = pool.Next(list))
        {
            count++;
        }

        return count;
    }

    /// <summary>A list of dependencies has the last one in front.</summary>
    private void TellThoseBefore(WorkerProgram program, FlowRecord* record, int passed, int bytes)
    {
        var dependency = record->FirstDependency;
        for (var behind = LengthOf(_dependencies, dependency) - passed; behind > 0; behind--)
        {
            dependency = _dependencies.Next(dependency);
        }

        for (; dependency >= 0; dependency = _dependencies.Next(dependency))
        {
            var (function, handle) = _dependencies[dependency];
            program.Functions[function].Instance.DroppedBehind(handle, bytes, Now);
        }
    }

    private void AddWork(ref int list, in FlowPacket packet)
    {
        for (var i = packet.WorkCount - 1; i >= 0; i--)
        {
            _work.Add(ref list, packet.Work[i]);
        }

        _view->Work = _work.InUse;
    }
}
