using System.Numerics;
using Metron.Packets.Memory;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// The flow entries that rest on each record. Attaching, detaching and asking for the latest use cost the same however many flows a record
/// has: a NAPT binding of a busy resolver has thousands. 36 bytes per flow.
/// </summary>
internal sealed class AttachedFlows
{
    private readonly Slab<Node> _nodes = new(int.MaxValue);
    private readonly HashIndex _index = new();
    private readonly ChunkedArray<int> _heads = new(); // per record: node + 1, 0 for none

    /// <summary>Number of flows attached.</summary>
    public int Count => _nodes.Count;

    /// <summary>Whether any flow rests on the record.</summary>
    public bool Any(int record)
    {
        _heads.EnsureLength(record + 1);
        return _heads[record] != 0;
    }

    /// <summary>Attaches a flow; nothing happens when it is attached already.</summary>
    /// <param name="record">The record.</param>
    /// <param name="flow">The flow entry.</param>
    /// <param name="refreshes">Whether packets of the flow keep the record alive.</param>
    public void Attach(int record, FlowReference flow, bool refreshes)
    {
        if (Find(record, flow) >= 0)
        {
            return;
        }

        _heads.EnsureLength(record + 1);
        _nodes.TryAdd(out var node);
        _nodes[node] = new Node { Flow = flow.Value, Record = record, Refreshes = refreshes };
        _index.Add(Hash(flow), node);
        PushFront(record, node);
    }

    /// <summary>Detaches a flow, if it is attached.</summary>
    public void Detach(int record, FlowReference flow)
    {
        var node = Find(record, flow);
        if (node >= 0)
        {
            Free(node);
        }
    }

    /// <summary>
    /// Latest use of the record by flows that refresh it, looking no further than the first use that is after <paramref name="enough"/>.
    /// </summary>
    /// <returns>Worker time in milliseconds; <see cref="long.MinValue"/> when there is none.</returns>
    public long LastSeen(int record, long enough, IFlowDirectory flows, ref int looked)
    {
        _heads.EnsureLength(record + 1);
        var latest = long.MinValue;
        for (var link = _heads[record]; link != 0;)
        {
            var node = link - 1;
            link = _nodes[node].Next;
            looked++;
            if (!_nodes[node].Refreshes)
            {
                continue;
            }

            var seen = flows.LastSeen(new FlowReference(_nodes[node].Flow));
            if (seen == long.MinValue)
            {
                Free(node); // gone without a word
                continue;
            }

            latest = Math.Max(latest, seen);
            if (latest > enough)
            {
                Unlink(node);
                PushFront(record, node); // found first the next time
                break;
            }
        }

        return latest;
    }

    /// <summary>Sums what the record's flows have counted.</summary>
    public int ReadCounters(int record, IFlowDirectory flows, out ulong packets, out ulong bytes)
    {
        _heads.EnsureLength(record + 1);
        (packets, bytes) = (0, 0);
        var looked = 0;
        for (var link = _heads[record]; link != 0; link = _nodes[link - 1].Next)
        {
            flows.ReadCounters(new FlowReference(_nodes[link - 1].Flow), out var flowPackets, out var flowBytes);
            packets += flowPackets;
            bytes += flowBytes;
            looked++;
        }

        return looked;
    }

    /// <summary>Drops every flow entry that rests on the record.</summary>
    public void RemoveAll(int record, IFlowDirectory flows)
    {
        _heads.EnsureLength(record + 1);
        while (_heads[record] != 0)
        {
            var node = _heads[record] - 1;
            var flow = new FlowReference(_nodes[node].Flow);
            Free(node);
            flows.Remove(flow);
        }
    }

    /// <summary>
    /// Flows that were made one after the other have numbers next to each other, and so buckets too. The lowest bit tells the IP version, which
    /// is mostly the same: it goes to the other end.
    /// </summary>
    private static uint Hash(FlowReference flow) => BitOperations.RotateRight((uint)flow.Value, 1);

    private int Find(int record, FlowReference flow)
    {
        for (var node = _index.First(Hash(flow)); node >= 0; node = _index.Next(node))
        {
            if (_nodes[node].Record == record && _nodes[node].Flow == flow.Value)
            {
                return node;
            }
        }

        return -1;
    }

    private void PushFront(int record, int node)
    {
        ref var head = ref _heads[record];
        if (head != 0)
        {
            _nodes[head - 1].Previous = node + 1;
        }

        _nodes[node].Previous = 0;
        _nodes[node].Next = head;
        head = node + 1;
    }

    private void Unlink(int node)
    {
        ref var links = ref _nodes[node];
        if (links.Previous == 0)
        {
            _heads[links.Record] = links.Next;
        }
        else
        {
            _nodes[links.Previous - 1].Next = links.Next;
        }

        if (links.Next != 0)
        {
            _nodes[links.Next - 1].Previous = links.Previous;
        }
    }

    private void Free(int node)
    {
        Unlink(node);
        _index.Remove(node);
        _nodes.Free(node);
    }

    private struct Node
    {
        public int Flow;
        public int Record;
        public int Previous; // node + 1, 0 for none
        public int Next; // node + 1, 0 for none
        public bool Refreshes;
    }
}
