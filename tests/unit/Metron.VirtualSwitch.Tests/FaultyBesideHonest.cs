using System.Net;
using System.Threading.Channels;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch.Tests;

/// <summary>One listener of the library with an honest switch, beside which a faulty one is let loose from an address of its own.</summary>
internal sealed class FaultyBesideHonest : IAsyncDisposable
{
    private const ulong HonestDatapath = 0xa;
    public const ulong FaultyDatapath = 0xb;
    private readonly OpenFlowListener _listener;
    private readonly EmulatedSwitch _honest;
    private readonly OpenFlowConnection _honestConnection;
    private readonly Channel<HandshakeException> _failures;
    private readonly List<IAsyncDisposable> _opened = [];
    private ushort _priority;

    private FaultyBesideHonest(OpenFlowListener listener, Channel<HandshakeException> failures, EmulatedSwitch honest, OpenFlowConnection honestConnection)
    {
        (_listener, _failures, _honest, _honestConnection) = (listener, failures, honest, honestConnection);
    }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public static async Task<FaultyBesideHonest> OpenAsync(Func<OpenFlowConnectionOptions, OpenFlowConnectionOptions>? adapt = null)
    {
        // Long intervals, so that only tests about them see one, also on a busy machine.
        var options = new OpenFlowConnectionOptions
        {
            HandshakeTimeout = TimeSpan.FromMinutes(1),
            EchoInterval = TimeSpan.FromMinutes(5),
            EchoTimeout = TimeSpan.FromMinutes(5),
        };
        var failures = Channel.CreateUnbounded<HandshakeException>();
        var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Any, 0), new OpenFlowListenerOptions
        {
            Connection = adapt?.Invoke(options) ?? options,
            HandshakeFailed = (_, failure) => failures.Writer.TryWrite(failure),
        });
        var honest = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = HonestDatapath, LocalAddress = IPAddress.Parse("127.0.0.2") });
        honest.ConnectTo(new IPEndPoint(IPAddress.Loopback, listener.EndPoint.Port));
        return new FaultyBesideHonest(listener, failures, honest, await listener.AcceptAsync(Deadline.Token));
    }

    /// <summary>Starts a switch with these faults.</summary>
    public EmulatedSwitch Start(Faults faults, EmulatedSwitchOptions? options = null)
    {
        var faulty = new EmulatedSwitch((options ?? new EmulatedSwitchOptions()) with
        {
            DatapathId = FaultyDatapath,
            Faults = faults,
            LocalAddress = IPAddress.Parse("127.0.0.3"),
        });
        _opened.Add(faulty);
        faulty.ConnectTo(new IPEndPoint(IPAddress.Loopback, _listener.EndPoint.Port));
        return faulty;
    }

    /// <summary>Starts a switch with these faults and waits until the library has greeted it.</summary>
    public async Task<(EmulatedSwitch Switch, OpenFlowConnection Connection)> GreetAsync(Faults faults, EmulatedSwitchOptions? options = null)
    {
        var faulty = Start(faults, options);
        return (faulty, await AcceptAsync());
    }

    /// <summary>The next connection of the faulty switch.</summary>
    public async Task<OpenFlowConnection> AcceptAsync()
    {
        var connection = await _listener.AcceptAsync(Deadline.Token);
        _opened.Add(connection);
        return connection;
    }

    /// <summary>Disposes of connections that the faulty switch made meanwhile.</summary>
    public async Task DrainAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        try
        {
            while (true)
            {
                await (await _listener.AcceptAsync(now.Token)).DisposeAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // No more of them.
        }
    }

    /// <summary>Why the library turned the faulty switch away.</summary>
    public ValueTask<HandshakeException> FailureAsync() => _failures.Reader.ReadAsync(Deadline.Token);

    /// <summary>The honest switch still does what it is asked.</summary>
    public async Task AssertHonestUnaffectedAsync()
    {
        Assert.False(_honestConnection.Closed.IsCompleted);
        var result = await _honestConnection.ApplyAsync([new FlowMod { Priority = ++_priority }], Deadline.Token);
        Assert.True(result.Succeeded, result.ToString());
        Assert.Equal(_priority, _honest.RuleCount);
        Assert.Equal(_priority, (await _honestConnection.ReadFlowsAsync(FlowFilter.All, Deadline.Token)).Count);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }

        await _honestConnection.DisposeAsync();
        await _listener.DisposeAsync();
        await _honest.DisposeAsync();
    }
}
