using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>
/// An OpenFlow switch in memory, on real sockets: honest unless its <see cref="Faults"/> say otherwise. It is emulated, for tests: nothing
/// forwards packets but <see cref="Inject"/> and packet-outs. Safe for concurrent use.
/// </summary>
public sealed class EmulatedSwitch : IAsyncDisposable
{
    private readonly SwitchCore _core;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly ConcurrentDictionary<TaskCompletionSource, Func<bool>> _waiting = new();
    private readonly List<TcpListener> _listeners = [];

    public EmulatedSwitch(EmulatedSwitchOptions? options = null)
    {
        _core = new SwitchCore(options ?? new EmulatedSwitchOptions()) { Changed = Look };
    }

    /// <summary>What it is.</summary>
    public EmulatedSwitchOptions Options => _core.Options;

    /// <summary>What it does wrong; may be exchanged at any time.</summary>
    public Faults Faults
    {
        get => _core.Faults;
        set => Do(() => _core.Faults = value);
    }

    /// <summary>The rules of all tables.</summary>
    public IReadOnlyList<FlowEntry> Rules => Do<IReadOnlyList<FlowEntry>>(() =>
    {
        _core.Expire();
        return [.. _core.State.Flows.All];
    });

    /// <summary>Number of rules.</summary>
    public int RuleCount => Do(() => _core.State.Flows.Count);

    public IReadOnlyList<GroupDescription> Groups => Do<IReadOnlyList<GroupDescription>>(() => [.. _core.State.Groups.Values]);

    public IReadOnlyList<Meter> Meters => Do<IReadOnlyList<Meter>>(() => [.. _core.State.Meters.Values]);

    public IReadOnlyList<EmulatedPort> Ports => Do<IReadOnlyList<EmulatedPort>>(() => [.. _core.Ports.Values]);

    /// <summary>Messages that it got after greetings, the oldest forgotten (<see cref="EmulatedSwitchOptions.RememberedMessages"/>).</summary>
    public IReadOnlyList<ReceivedMessage> Received => _core.Received;

    /// <summary>Messages that it got after greetings, over all connections.</summary>
    public long ReceivedCount => _core.ReceivedCount;

    /// <summary>Connections of controllers that have exchanged HELLO, with role and version.</summary>
    public IReadOnlyList<ConnectedController> Controllers => Do<IReadOnlyList<ConnectedController>>(
        () => [.. _core.Sessions.Select(session => new ConnectedController(session.Controller, session.Version, session.Role))]);

    /// <summary>Largest generation id of a role request that it has seen; null for none.</summary>
    public ulong? GenerationId
    {
        get => Do(() => _core.GenerationId);
        set => Do(() => _core.GenerationId = value);
    }

    /// <summary>Runs after each message, under the switch's lock: what it reads of the switch is what this message left behind.</summary>
    public Action<ReceivedMessage> OnProcessed
    {
        get => _core.Processed;
        set => Do(() => _core.Processed = value);
    }

    /// <summary>Runs with each frame that leaves by a port, under the switch's lock.</summary>
    public Action<PacketOutput> OnSent
    {
        get => _core.Sent;
        set => Do(() => _core.Sent = value);
    }

    /// <summary>Connects to a controller, and again whenever the connection ends, until disposed or <paramref name="reconnect"/> says otherwise.</summary>
    public void ConnectTo(IPEndPoint controller, bool reconnect = true) => _running.Add(Task.Run(async () =>
    {
        do
        {
            await ConnectOnceAsync(controller);
        }
        while (reconnect && await PauseAsync());
    }));

    /// <summary>Waits for controllers at an address of its own (port 0: any free one) and returns it.</summary>
    public IPEndPoint Listen(IPEndPoint? endPoint = null)
    {
        var listener = new TcpListener(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0));
        listener.Start();
        _listeners.Add(listener);
        _running.Add(Task.Run(() => AcceptAsync(listener)));
        return (IPEndPoint)listener.LocalEndpoint;
    }

    /// <summary>Carries a frame through the tables as if it came by a port: counted, metered, and sent on.</summary>
    public PacketVerdict Inject(uint inPort, ReadOnlySpan<byte> frame)
    {
        lock (_core.Turn)
        {
            _core.Expire();
            return _core.Inject(inPort, frame);
        }
    }

    /// <summary>What would happen to a frame now; nothing is counted, metered or sent.</summary>
    public PacketVerdict Ask(uint inPort, ReadOnlySpan<byte> frame)
    {
        lock (_core.Turn)
        {
            return new PacketPipeline(_core.State, _core.Ports, _core.Clock, inPort, frame, counts: false).RunTables();
        }
    }

    /// <summary>Puts a rule or a group into the switch as if another controller had; throws for what the switch would refuse.</summary>
    /// <exception cref="InvalidOperationException">The switch refuses it.</exception>
    public void Install(OpenFlowMessage change) => Do(() =>
    {
        var editor = new StateEditor(_core, _core.State);
        try
        {
            editor.Apply(change, _core.Versions.Highest, []);
        }
        catch (Refusal refusal)
        {
            throw new InvalidOperationException(refusal.Message, refusal);
        }

        _core.Commit(editor);
    });

    /// <summary>Sets the link of a port; controllers are told.</summary>
    public void SetLink(uint port, bool isThere) => Do(() => _core.ChangePort(_core.Ports[port] with { HasLink = isThere }));

    /// <summary>Adds a port; controllers are told.</summary>
    public void AddPort(EmulatedPort port) => Do(() =>
    {
        _core.Ports[port.Number] = port;
        _core.Broadcast(new PortStatus(PortStatusReason.Add, port.Description), AsyncKind.PortStatusSlave, (int)PortStatusReason.Add);
    });

    /// <summary>Removes a port; controllers are told.</summary>
    public void RemovePort(uint port) => Do(() =>
    {
        if (_core.Ports.Remove(port, out var gone))
        {
            _core.Broadcast(new PortStatus(PortStatusReason.Delete, gone.Description), AsyncKind.PortStatusSlave, (int)PortStatusReason.Delete);
        }
    });

    /// <summary>Sends a message that nobody asked for to every controller.</summary>
    public void SendToAll(OpenFlowMessage message, uint transaction = 0) => Do(() => _core.Sessions.ForEach(session => session.Send(message, transaction)));

    /// <summary>Sends bytes to every controller.</summary>
    public void SendToAll(ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        Do(() => _core.Sessions.ForEach(session => session.Send(copy)));
    }

    /// <summary>Resets all connections.</summary>
    public void Disconnect() => Do(() => _core.Sessions.ToList().ForEach(session => session.Abort()));

    /// <summary>Restarts: tables, groups, meters and generation id are gone, connections are reset.</summary>
    public void Reboot() => Do(() =>
    {
        _core.State = new SwitchState();
        _core.GenerationId = null;
        _core.Sessions.ToList().ForEach(session => session.Abort());
    });

    /// <summary>Brings into force what a switch with <see cref="BarrierFault.Early"/> postponed, and answers late barriers.</summary>
    public void Settle() => _core.Settle();

    /// <summary>Completes when something holds of the switch; looked at after every message, connection and change.</summary>
    public async Task WhenAsync(Func<bool> holds, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(holds);
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[waiting] = holds;
        try
        {
            if (!holds())
            {
                await waiting.Task.WaitAsync(cancellation);
            }
        }
        finally
        {
            _waiting.TryRemove(waiting, out _);
        }
    }

    /// <summary>Completes when so many controllers are connected.</summary>
    public Task WhenConnectedAsync(int controllers = 1, CancellationToken cancellation = default) =>
        WhenAsync(() => Controllers.Count >= controllers, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _listeners.ForEach(listener => listener.Dispose());
        Disconnect();
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private void Do(Action action)
    {
        lock (_core.Turn)
        {
            action();
        }

        Look();
    }

    private T Do<T>(Func<T> read)
    {
        lock (_core.Turn)
        {
            return read();
        }
    }

    private void Look()
    {
        foreach (var (waiting, holds) in _waiting)
        {
            if (holds())
            {
                waiting.TrySetResult();
            }
        }
    }

    private async Task<bool> PauseAsync()
    {
        try
        {
            await Task.Delay(Options.ReconnectDelay, _stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ConnectOnceAsync(IPEndPoint controller)
    {
        var socket = new Socket(controller.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (Options.LocalAddress is { } local)
            {
                socket.Bind(new IPEndPoint(local, 0));
            }

            await socket.ConnectAsync(controller, _stop.Token);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            return;
        }

        await ServeAsync(socket, isActive: true);
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(_stop.Token);
                _running.Add(Task.Run(() => ServeAsync(socket, isActive: false)));
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The switch is being disposed.
        }
    }

    private async Task ServeAsync(Socket socket, bool isActive)
    {
        socket.NoDelay = true;
        Stream stream = new NetworkStream(socket, ownsSocket: false);
        try
        {
            stream = Options.StreamDecorator is { } decorate ? await decorate(stream, isActive, _stop.Token) : stream;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            await stream.DisposeAsync();
            socket.Dispose();
            return;
        }

        using var session = new ControllerSession(_core, socket, stream);
        try
        {
            await session.RunAsync(_stop.Token);
        }
        finally
        {
            _core.Gone(session);
        }
    }
}

/// <summary>A controller at an emulated switch.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Version">Version spoken with it.</param>
/// <param name="Role">Its role.</param>
public sealed record ConnectedController(string Address, OpenFlowVersion Version, ControllerRole Role);
