using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>What the switch is, without sockets: state, ports, sessions, and what happens to each message. All under one lock.</summary>
internal sealed class SwitchCore
{
    private readonly MessageHandler _handler;
    private readonly Queue<(ControllerSession Session, Action Work)> _lagging = [];
    private readonly Queue<ReceivedMessage> _received = [];
    private readonly EmulatedSwitchOptions _options;
    private long _count;

    public SwitchCore(EmulatedSwitchOptions options)
    {
        _options = options;
        Faults = options.Faults;
        Abilities = new SwitchAbilities(options.Profile, options.TableCount);
        Versions = options.Versions ?? VersionSet.Of([.. options.Profile.Versions]);
        GenerationId = options.GenerationId;
        Ports = new SortedDictionary<uint, EmulatedPort>(options.Ports.ToDictionary(port => port.Number));
        StartedAt = Clock.GetTimestamp();
        _handler = new MessageHandler(this);
    }

    public Lock Turn { get; } = new();

    public EmulatedSwitchOptions Options => _options;

    public TimeProvider Clock => _options.TimeProvider;

    public SwitchAbilities Abilities { get; }

    public VersionSet Versions { get; }

    public SwitchState State { get; set; } = new();

    public SortedDictionary<uint, EmulatedPort> Ports { get; }

    public Dictionary<uint, PortCounter> PortCounters { get; } = [];

    public List<ControllerSession> Sessions { get; } = [];

    public ulong? GenerationId { get; set; }

    public GetConfigReply Configuration { get; set; } = new(FragmentTreatment.Normal, 128);

    public Faults Faults { get; set; }

    public long StartedAt { get; }

    public long ReceivedCount
    {
        get
        {
            lock (Turn)
            {
                return _count;
            }
        }
    }

    public List<ReceivedMessage> Received
    {
        get
        {
            lock (Turn)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>Runs under the lock with each message, when it was carried out.</summary>
    public Action<ReceivedMessage> Processed { get; set; } = _ => { };

    /// <summary>Runs without the lock when something may have changed.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>Frames that left by a port.</summary>
    public Action<PacketOutput> Sent { get; set; } = _ => { };

    public bool HasPort(uint number) => Ports.ContainsKey(number);

    /// <summary>Takes a connection that exchanged HELLO.</summary>
    public void Greeted(ControllerSession session)
    {
        lock (Turn)
        {
            Sessions.Add(session);
        }

        Changed();
    }

    public void Gone(ControllerSession session)
    {
        lock (Turn)
        {
            Sessions.Remove(session);
        }

        Changed();
    }

    /// <summary>Does with a message what the script and the standard say.</summary>
    public void Receive(ControllerSession session, byte[] bytes)
    {
        lock (Turn)
        {
            if (session.IsAborted)
            {
                return;
            }

            Expire();
            var decodable = OpenFlowCodec.TryDecode(bytes, out var frame, out _);
            var message = new ReceivedMessage(++_count, session.Controller, decodable ? frame : null, bytes);
            Remember(message);
            var fate = Faults.Fate?.Invoke(message) ?? MessageFate.Process;
            if (fate == MessageFate.AbortBefore)
            {
                session.Abort();
            }
            else if (fate != MessageFate.Ignore)
            {
                if (fate == MessageFate.AbortAfter)
                {
                    session.Mute();
                }

                _handler.Handle(session, message, bytes);
                if (fate == MessageFate.AbortAfter)
                {
                    session.Abort();
                }
            }

            Processed(message);
        }

        Changed();
    }

    /// <summary>Queues what a lagging switch does later; in order, or in the reverse one.</summary>
    public void Postpone(ControllerSession session, Action work)
    {
        _lagging.Enqueue((session, work));
        if (_lagging.Count == 1 && Faults.Lag != Timeout.InfiniteTimeSpan)
        {
            _ = SettleLaterAsync(Faults.Lag);
        }
    }

    /// <summary>Brings everything postponed into force.</summary>
    public void Settle()
    {
        lock (Turn)
        {
            var work = _lagging.Select(pair => pair.Work).ToList();
            _lagging.Clear();
            if (Faults.Barriers == BarrierFault.Reordered)
            {
                work.Reverse();
            }

            work.ForEach(one => one());
        }

        Changed();
    }

    /// <summary>Sends an event to every controller that wants it.</summary>
    public void Broadcast(OpenFlowMessage message, AsyncKind kindForSlaves, int reason, ControllerSession? except = null)
    {
        foreach (var session in Sessions.Where(session => session != except))
        {
            var kind = session.Role == ControllerRole.Slave ? kindForSlaves : kindForSlaves + 1;
            if ((session.Async.GetValueOrDefault(kind) >> reason & 1) != 0)
            {
                session.Send(message, 0);
            }
        }
    }

    /// <summary>Puts the result of an editor into force and tells controllers.</summary>
    public void Commit(StateEditor editor)
    {
        foreach (var (entry, reason) in editor.Removed)
        {
            ReportRemoved(entry, reason);
        }

        foreach (var port in editor.ChangedPorts)
        {
            ChangePort(port);
        }
    }

    public void ChangePort(EmulatedPort port)
    {
        Ports[port.Number] = port;
        Broadcast(new PortStatus(PortStatusReason.Modify, port.Description), AsyncKind.PortStatusSlave, (int)PortStatusReason.Modify);
    }

    /// <summary>Runs a packet through the tables and hands out what comes of it.</summary>
    public PacketVerdict Inject(uint inPort, ReadOnlySpan<byte> frame)
    {
        PortCounterOf(inPort).Received(frame.Length);
        var verdict = new PacketPipeline(State, Ports, Clock, inPort, frame, counts: true).RunTables();
        Deliver(verdict);
        return verdict;
    }

    public void Deliver(PacketVerdict verdict)
    {
        foreach (var output in verdict.Outputs)
        {
            PortCounterOf(output.Port).Transmitted(output.Frame.Length);
            Sent(output);
        }

        foreach (var packet in verdict.Punted)
        {
            var kept = packet.MaximumLength == ControllerLength.WholePacket ? packet.Frame : packet.Frame.AsSpan(0, Math.Min(packet.Frame.Length, packet.MaximumLength));
            Broadcast(
                new PacketIn
                {
                    TotalLength = (ushort)packet.Frame.Length,
                    Reason = packet.Reason,
                    Table = packet.Table,
                    Cookie = packet.Cookie,
                    Match = packet.Match,
                    Packet = EquatableArray.Create(kept),
                },
                AsyncKind.PacketInSlave,
                (int)packet.Reason);
        }
    }

    /// <summary>Takes away rules whose time is over.</summary>
    public void Expire()
    {
        var now = Clock.GetTimestamp();
        foreach (var entry in State.Flows.All.Where(entry => (entry.Rule.HardTimeoutSeconds | entry.Rule.IdleTimeoutSeconds) != 0).ToList())
        {
            if (IsOver(entry.InstalledAt, entry.Rule.HardTimeoutSeconds, now))
            {
                State.Flows.Remove(entry);
                ReportRemoved(entry, FlowRemovedReason.HardTimeout);
            }
            else if (IsOver(entry.Counter.UsedAt, entry.Rule.IdleTimeoutSeconds, now))
            {
                State.Flows.Remove(entry);
                ReportRemoved(entry, FlowRemovedReason.IdleTimeout);
            }
        }
    }

    public FlowAge AgeSince(long then)
    {
        var age = Clock.GetElapsedTime(then);
        return new FlowAge((uint)age.TotalSeconds, (uint)(age.Ticks % TimeSpan.TicksPerSecond * 100));
    }

    public PortCounter PortCounterOf(uint port)
    {
        if (!PortCounters.TryGetValue(port, out var counter))
        {
            PortCounters[port] = counter = new PortCounter();
        }

        return counter;
    }

    private bool IsOver(long since, ushort seconds, long now) => seconds != 0 && Clock.GetElapsedTime(since, now) >= TimeSpan.FromSeconds(seconds);

    private void ReportRemoved(FlowEntry entry, FlowRemovedReason reason)
    {
        if ((entry.Rule.Flags & FlowModFlags.SendFlowRemoved) != 0)
        {
            var removed = new FlowRemoved
            {
                Cookie = entry.Cookie,
                Priority = entry.Priority,
                Reason = reason,
                Table = entry.Table,
                Age = AgeSince(entry.InstalledAt),
                IdleTimeoutSeconds = entry.Rule.IdleTimeoutSeconds,
                HardTimeoutSeconds = entry.Rule.HardTimeoutSeconds,
                PacketCount = entry.PacketCount,
                ByteCount = entry.ByteCount,
                Match = entry.Match,
            };
            Broadcast(removed, AsyncKind.FlowRemovedSlave, (int)reason);
        }
    }

    private void Remember(ReceivedMessage message)
    {
        _received.Enqueue(message);
        if (_received.Count > _options.RememberedMessages)
        {
            _received.Dequeue();
        }
    }

    private async Task SettleLaterAsync(TimeSpan lag)
    {
        await Task.Delay(lag, Clock);
        Settle();
    }
}

/// <summary>Counters of a port.</summary>
internal sealed class PortCounter
{
    public ulong ReceivedPackets { get; private set; }

    public ulong ReceivedBytes { get; private set; }

    public ulong TransmittedPackets { get; private set; }

    public ulong TransmittedBytes { get; private set; }

    public void Received(int bytes)
    {
        ReceivedPackets++;
        ReceivedBytes += (ulong)bytes;
    }

    public void Transmitted(int bytes)
    {
        TransmittedPackets++;
        TransmittedBytes += (ulong)bytes;
    }
}
