using System.Net;
using System.Net.Sockets;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>What an attacker does to a controller's port.</summary>
public enum AttackKind
{
    /// <summary>Sends a right HELLO and what follows one byte at a time, so that each message takes as long as it is let.</summary>
    SlowLoris,

    /// <summary>Sends half of a HELLO and then nothing.</summary>
    HalfHello,

    /// <summary>Sends random bytes.</summary>
    Garbage,

    /// <summary>Greets as a switch, and answers each multipart request with parts without end.</summary>
    EndlessMultipart,
}

/// <summary>Peers that mean harm, as many as wanted, each connecting again when it is closed. They end when disposed.</summary>
/// <remarks>Endless multipart needs a controller that asks for statistics; from one that does not it is a silent switch.</remarks>
public sealed class Attackers : IAsyncDisposable
{
    private static readonly TimeSpan SlowPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly List<EmulatedSwitch> _switches = [];
    private readonly IPEndPoint _controller;
    private readonly Func<int, IPAddress> _addressOf;
    private long _connections;
    private long _bytes;

    private Attackers(IPEndPoint controller, Func<int, IPAddress> addressOf) => (_controller, _addressOf) = (controller, addressOf);

    /// <summary>Connections made so far, but for those of <see cref="AttackKind.EndlessMultipart"/>.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Bytes sent so far, but for those of <see cref="AttackKind.EndlessMultipart"/>.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Starts attackers, their kinds in turn.</summary>
    /// <param name="controller">The port that they attack.</param>
    /// <param name="count">How many.</param>
    /// <param name="addressOf">Address that the n-th one connects from; null for 127.0.1.1 and following, one each.</param>
    /// <param name="kinds">What they do; none for all kinds.</param>
    public static Attackers Start(IPEndPoint controller, int count, Func<int, IPAddress>? addressOf = null, params AttackKind[] kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var attackers = new Attackers(controller, addressOf ?? (number => new IPAddress([127, 0, (byte)(1 + (number / 250)), (byte)(1 + (number % 250))])));
        AttackKind[] chosen = kinds.Length == 0 ? Enum.GetValues<AttackKind>() : kinds;
        for (var number = 0; number < count; number++)
        {
            attackers.Start(number, chosen[number % chosen.Length]);
        }

        return attackers;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        await Task.WhenAll(_switches.Select(emulated => emulated.DisposeAsync().AsTask()));
        _stop.Dispose();
    }

    private void Start(int number, AttackKind kind)
    {
        if (kind == AttackKind.EndlessMultipart)
        {
            var emulated = new EmulatedSwitch(new EmulatedSwitchOptions
            {
                DatapathId = 0xbad0_0000UL + (ulong)number,
                TableCount = 4,
                LocalAddress = _addressOf(number),
                ReconnectDelay = ReconnectPause,
                RememberedMessages = 10,
                Faults = new Faults { EndlessMultipart = true },
            });
            emulated.Install(new FlowMod { Cookie = (ulong)number });
            _switches.Add(emulated);
            emulated.ConnectTo(_controller);
            return;
        }

        _running.Add(Task.Run(() => AttackAgainAndAgainAsync(number, kind)));
    }

    private async Task AttackAgainAndAgainAsync(int number, AttackKind kind)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await AttackOnceAsync(number, kind);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // Closed by the controller, or over: that is what attackers live with.
            }

            await Task.Delay(ReconnectPause, CancellationToken.None);
        }
    }

    private async Task AttackOnceAsync(int number, AttackKind kind)
    {
        using var socket = new Socket(_controller.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(_addressOf(number), 0));
        await socket.ConnectAsync(_controller, _stop.Token);
        Interlocked.Increment(ref _connections);
        await using var stream = new NetworkStream(socket);
        switch (kind)
        {
            case AttackKind.SlowLoris:
                foreach (var octet in OpenFlowCodec.Encode(Hello.WithVersions(VersionSet.Spoken), VersionSet.Spoken.Highest, (uint)number).Concat(new byte[1000]))
                {
                    await SendAsync(stream, [octet]);
                    await Task.Delay(SlowPause, _stop.Token);
                }

                break;
            case AttackKind.HalfHello:
                await SendAsync(stream, [4, 0, 0, 16, 0, 0, 0, 1, 0, 1]);
                await WaitForEndAsync(stream);
                break;
            default:
                var random = new Random(number);
                var garbage = new byte[4096];
                while (true)
                {
#pragma warning disable CA5394 // Noise, not secrets.
                    random.NextBytes(garbage);
#pragma warning restore CA5394
                    await SendAsync(stream, garbage);
                }
        }
    }

    private async Task SendAsync(NetworkStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes, _stop.Token);
        Interlocked.Add(ref _bytes, bytes.Length);
    }

    private async Task WaitForEndAsync(NetworkStream stream)
    {
        var ignored = new byte[4096];
        while (await stream.ReadAsync(ignored, _stop.Token) > 0)
        {
            // What the controller says does not matter.
        }
    }
}
