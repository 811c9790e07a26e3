using System.Diagnostics;
using System.Globalization;
using System.Net;
using Metron.Bench.Processes;
using Metron.OpenFlow;
using Metron.VirtualSwitch;

namespace Metron.Bench.OpenFlow;

/// <summary>
/// Time of an echo with a good switch, at a listener that nobody attacks and at one that 200 peers attack from another process: slow-loris, half a HELLO,
/// garbage, and statistics without end. One machine: attackers, switch and library share its cores.
/// </summary>
internal sealed class AttackCase : IOpenFlowCase
{
    private const string Quiet = "quiet";
    private const string Attacked = "attacked";
    private const int AttackerCount = 200;
    private const ulong GoodDatapath = 1;

    private static readonly string[] Entrants = [Quiet, Attacked];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public IReadOnlyList<string> Names => ["echo-200-attackers"];

    public IReadOnlyList<string> Contenders(string name) => Entrants;

    public IEnumerable<Result> Run(string name, Options options, Action<string> progress)
    {
        var readings = Entrants.ToDictionary(entrant => entrant, _ => new List<(double Median, double P99)>());
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < Entrants.Length; turn++)
            {
                var entrant = Entrants[(round + turn) % Entrants.Length];
                var reading = MeasureAsync(entrant == Attacked, TimeSpan.FromSeconds(options.Seconds)).GetAwaiter().GetResult();
                readings[entrant].Add(reading);
                progress(string.Create(
                    CultureInfo.InvariantCulture, $"openflow {name}: round {round + 1}: {entrant} median {reading.Median:0} us, p99 {reading.P99:0} us"));
            }
        }

        foreach (var entrant in Entrants)
        {
            yield return Result.Of(OpenFlowSuite.SuiteName, name, entrant, "echoMedian", "us", [.. readings[entrant].Select(reading => reading.Median)]);
            yield return Result.Of(OpenFlowSuite.SuiteName, name, entrant, "echoP99", "us", [.. readings[entrant].Select(reading => reading.P99)]);
        }
    }

    /// <summary>The process that attacks: it begins when it is started and ends with its standard input.</summary>
    /// <param name="arguments">Port of the loopback interface, number of attackers.</param>
    public static int Attack(IReadOnlyList<string> arguments)
    {
        var port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var attackers = Attackers.Start(new IPEndPoint(IPAddress.Loopback, port), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        while (Console.In.Read() >= 0)
        {
            // Until whoever started it ends.
        }

        attackers.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return 0;
    }

    private static async Task<(double Median, double P99)> MeasureAsync(bool isAttacked, TimeSpan duration)
    {
        var refused = 0;
        await using var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { MultipartByteLimit = 1 << 20 },
            HandshakeFailed = (_, _) => Interlocked.Increment(ref refused),
        });
        using var stop = new CancellationTokenSource();
        var good = new TaskCompletionSource<OpenFlowConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        var serving = ServeAsync(listener, good, stop.Token);
        await using var honest = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = GoodDatapath, LocalAddress = IPAddress.Parse("127.0.0.9") });
        honest.ConnectTo(listener.EndPoint);
        await using var connection = await good.Task;
        using var attack = isAttacked ? StartAttack(listener.EndPoint.Port) : null;
        await EchoAsync(connection, WarmUp);
        if (isAttacked)
        {
            // Half of them are those that fail by being slow: then the attack is under way.
            var clock = Stopwatch.StartNew();
            while (Volatile.Read(ref refused) < AttackerCount / 2)
            {
                Require(clock.Elapsed < Patience, "the attackers do not attack");
                await EchoAsync(connection, Pause);
            }
        }

        var times = await EchoAsync(connection, duration);
        if (attack is not null)
        {
            Require(!attack.HasExited, "the attackers have ended");
            attack.Kill();
            await attack.WaitForExitAsync();
        }

        Require(!connection.Closed.IsCompleted, "the good switch was disconnected");
        await stop.CancelAsync();
        await serving;
        times.Sort();
        return (times[times.Count / 2], times[times.Count * 99 / 100]);
    }

    /// <summary>Echoes, one after the other with a pause; their times in microseconds.</summary>
    private static async Task<List<double>> EchoAsync(OpenFlowConnection connection, TimeSpan duration)
    {
        var times = new List<double>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration)
        {
            var sent = Stopwatch.GetTimestamp();
            await connection.RequestAsync(new EchoRequest());
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
            await Task.Delay(Pause);
        }

        return times;
    }

    /// <summary>Asks every other switch for its rules, as a controller does with those it knows, and reports those that answer without end.</summary>
    private static async Task ServeAsync(OpenFlowListener listener, TaskCompletionSource<OpenFlowConnection> good, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(cancellation);
                if (connection.DatapathId == GoodDatapath)
                {
                    good.TrySetResult(connection);
                }
                else
                {
                    _ = ReadAsync(listener, connection);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    private static async Task ReadAsync(OpenFlowListener listener, OpenFlowConnection connection)
    {
        await using (connection)
        {
            try
            {
                await connection.ReadFlowsAsync();
                await connection.Closed;
            }
            catch (Exception error) when (error is IOException or TimeoutException or ObjectDisposedException or UnexpectedReplyException)
            {
                listener.Report(connection.Peer, error.Message);
            }
        }
    }

    private static Process StartAttack(int port)
    {
        var process = ChildProcess.Start(
            ["nice", "-n", "19", .. ChildProcess.Self, "attackers", port.ToString(CultureInfo.InvariantCulture), AttackerCount.ToString(CultureInfo.InvariantCulture)]);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static void Require(bool isTrue, string what)
    {
        if (!isTrue)
        {
            throw new BenchmarkException(what);
        }
    }
}
