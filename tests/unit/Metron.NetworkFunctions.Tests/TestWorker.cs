using Metron.NetworkFunctions.Hashing;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests;

/// <summary>
/// What the dataplane does around one function: shows it packets, keeps flow entries for those whose verdict may be cached and treats later
/// packets of the flow alike without asking, tells the function of entries, and lets it age.
/// </summary>
internal sealed class TestWorker(NetworkFunction function) : IFlowDirectory
{
    private readonly Dictionary<FlowKey, FlowEntry> _flows = [];
    private readonly Dictionary<int, FlowKey> _references = [];
    private int _nextReference;

    /// <summary>The function at work; replaced by <see cref="Update"/>.</summary>
    public NetworkFunction Function { get; private set; } = function;

    /// <summary>Worker time in milliseconds.</summary>
    public long Now { get; private set; } = 1_000_000;

    public ushort SteeringMask { get; init; }

    /// <summary>How the NIC's hash chose the flow group; null when a tag did.</summary>
    public HashDispatch? Dispatch { get; set; }

    /// <summary>The flow group that the worker stands for.</summary>
    public int FlowGroup { get; init; }

    /// <summary>Number of flow entries.</summary>
    public int FlowCount => _flows.Count;

    /// <summary>Packets that the function was asked about.</summary>
    public int Asked { get; private set; }

    /// <summary>Verdict on the last packet.</summary>
    public Verdict Verdict { get; private set; }

    /// <summary>Sends a packet; returns it as it leaves.</summary>
    public PacketHeaders Send(PacketHeaders headers, int port) => Send(new FlowPacket { Headers = headers }, port);

    /// <summary>Sends a packet with what else there is to it; returns its headers as they leave.</summary>
    public PacketHeaders Send(FlowPacket packet, int port)
    {
        var headers = packet.Headers;
        var key = FlowKey.Of(headers, port, Function);
        var isPlain = (headers.TcpFlags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Reset)) == 0 && !headers.IsFragment;
        if (isPlain && _flows.TryGetValue(key, out var known))
        {
            if (!Work(known, headers.FrameLength))
            {
                return headers;
            }

            known.Packets++;
            known.Bytes += headers.FrameLength;
            known.LastSeen = Now;
            Verdict = known.Verdict;
            return known.After;
        }

        Asked++;
        packet.Now = Now;
        packet.SteeringMask = SteeringMask;
        packet.Dispatch = Dispatch;
        packet.FlowGroup = FlowGroup;
        Verdict = Function.Process(ref packet, port);
        if (Verdict.Cacheable)
        {
            Attach(key, packet);
        }
        else if (!headers.IsFragment)
        {
            Forget(key);
        }

        return packet.Headers;
    }

    /// <summary>Sends a packet that must pass.</summary>
    public PacketHeaders Pass(PacketHeaders headers, int port)
    {
        var after = Send(headers, port);
        Assert.Equal(DropReason.None, Verdict.Reason);
        return after;
    }

    /// <summary>Sends a packet; returns why it is dropped.</summary>
    public DropReason Drop(PacketHeaders headers, int port)
    {
        Send(headers, port);
        return Verdict.Reason;
    }

    /// <summary>Sends an ICMP error; returns both headers as they leave.</summary>
    public (PacketHeaders Outer, PacketHeaders Embedded) SendError(PacketHeaders outer, PacketHeaders embedded, int port)
    {
        var packet = new FlowPacket { Headers = outer, Embedded = embedded, Now = Now, SteeringMask = SteeringMask };
        Verdict = Function.ProcessIcmpError(ref packet, port);
        Assert.False(Verdict.Cacheable);
        return (packet.Headers, packet.Embedded);
    }

    /// <summary>Lets time pass and the function age.</summary>
    public void Wait(TimeSpan time)
    {
        Now += (long)time.TotalMilliseconds;
        while (Function.Age(Now, this, 64) > 0)
        {
        }
    }

    /// <summary>Drops all flow entries, as after eviction.</summary>
    public void EvictFlows()
    {
        foreach (var key in _flows.Keys.ToArray())
        {
            Forget(key);
        }
    }

    /// <summary>
    /// Switches to a new revision: new tags, so flows ask the new function; entries of the old one stay until they are purged.
    /// </summary>
    public void Update(NetworkFunction next)
    {
        next.Adopt(Function);
        Function = next;
    }

    public FunctionReport Report()
    {
        var report = new FunctionReport();
        Function.Report(this, report);
        return report;
    }

    public long Counter(string name) => Report().Counters.GetValueOrDefault(name);

    long IFlowDirectory.LastSeen(FlowReference flow) =>
        _references.TryGetValue(flow.Value, out var key) ? _flows[key].LastSeen : long.MinValue;

    void IFlowDirectory.ReadCounters(FlowReference flow, out ulong packets, out ulong bytes)
    {
        var entry = _references.TryGetValue(flow.Value, out var key) ? _flows[key] : null;
        (packets, bytes) = (entry?.Packets ?? 0, entry?.Bytes ?? 0);
    }

    void IFlowDirectory.Remove(FlowReference flow)
    {
        if (_references.Remove(flow.Value, out var key))
        {
            _flows.Remove(key);
        }
    }

    /// <summary>What functions do with each packet of a flow; false when they drop it, which the flow's entry does not count.</summary>
    private bool Work(FlowEntry entry, int bytes)
    {
        var packet = new EstablishedPacket(Now, bytes);
        foreach (var (_, handle, passed) in entry.Work)
        {
            var reason = entry.Owner.Work(handle, ref packet);
            if (reason != DropReason.None)
            {
                Verdict = Verdict.Drop(reason);
                entry.Handles.Take(passed).ToList().ForEach(before => entry.Owner.DroppedBehind(before, bytes, Now));
                return false;
            }
        }

        return true;
    }

    private void Attach(FlowKey key, in FlowPacket packet)
    {
        var entry = new FlowEntry
        {
            Reference = new FlowReference(_nextReference++),
            Owner = Function,
            Verdict = Verdict,
            After = packet.Headers,
            LastSeen = Now,
            Handles = [],
            Work = [.. ((ReadOnlySpan<FlowWork>)packet.Work)[..packet.WorkCount]],
        };
        for (var index = 0; index < packet.DependencyCount; index++)
        {
            entry.Handles.Add(packet.Dependencies[index].Handle);
            Function.FlowAttached(packet.Dependencies[index].Handle, entry.Reference);
        }

        Forget(key);
        _flows.Add(key, entry);
        _references.Add(entry.Reference.Value, key);
    }

    private void Forget(FlowKey key)
    {
        if (_flows.Remove(key, out var entry))
        {
            _references.Remove(entry.Reference.Value);
            foreach (var handle in entry.Handles)
            {
                entry.Owner.FlowDetached(handle, entry.Reference, entry.LastSeen, entry.Packets, entry.Bytes);
            }
        }
    }

    private readonly record struct FlowKey(
        NetworkFunction Tag,
        int Port,
        IpAddress Source,
        IpAddress Destination,
        byte Protocol,
        ushort SourcePort,
        ushort DestinationPort,
        int Icmp)
    {
        public static FlowKey Of(in PacketHeaders headers, int port, NetworkFunction tag) => new(
            tag,
            port,
            headers.Source,
            headers.Destination,
            headers.Protocol,
            headers.SourcePort,
            headers.DestinationPort,
            headers.IcmpType << 8 | headers.IcmpCode);
    }

    private sealed class FlowEntry
    {
        public required FlowReference Reference { get; init; }

        public required NetworkFunction Owner { get; init; }

        public required Verdict Verdict { get; init; }

        public required PacketHeaders After { get; init; }

        public required List<int> Handles { get; init; }

        public required List<FlowWork> Work { get; init; }

        public long LastSeen { get; set; }

        public ulong Packets { get; set; }

        public ulong Bytes { get; set; }
    }
}

internal static class TestWorkerExtensions
{
    /// <summary>Sends an ICMP error that must end like this.</summary>
    public static (PacketHeaders Outer, PacketHeaders Embedded) SendErrorExpecting(
        this TestWorker worker, DropReason reason, PacketHeaders outer, PacketHeaders embedded, int port)
    {
        var result = worker.SendError(outer, embedded, port);
        Assert.Equal(reason, worker.Verdict.Reason);
        return result;
    }
}
