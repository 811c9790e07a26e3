using System.Diagnostics;
using System.Globalization;
using System.Net;
using Metron.Bench.Processes;
using Metron.OpenFlow;
using Metron.VirtualSwitch;

namespace Metron.Bench.OpenFlow;

/// <summary>
/// Time of an echo with a good switch, at a listener that nobody attacks and at one that 200 peers attack: slow-loris, half a HELLO, garbage, and statistics
/// without end. Library and good switch are a process on the first half of the cores, with or without attackers; those are another one on the second half.
/// </summary>
internal sealed class AttackCase : IOpenFlowCase
{
    private const string Quiet = "quiet";
    private const string Attacked = "attacked";
    private const int AttackerCount = 200;
    private const ulong GoodDatapath = 1;

    private static readonly int Half = Math.Max(1, CoreCount() / 2);

    /// <summary>Cores of library and good switch.</summary>
    private static readonly string OurCores = $"0-{Half - 1}";

    /// <summary>Cores of the attackers; where there is only one core, the same.</summary>
    private static readonly string TheirCores = $"{Math.Min(Half, CoreCount() - 1)}-{CoreCount() - 1}";

    private static readonly string[] Entrants = [Quiet, Attacked];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
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
                var reading = MeasureInProcess(entrant == Attacked, options.Seconds);
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

    /// <summary>The process that measures: prints median and p99 in microseconds.</summary>
    /// <param name="arguments">Whether it is attacked ("quiet" or "attacked"), seconds.</param>
    public static int Measure(IReadOnlyList<string> arguments)
    {
        var duration = TimeSpan.FromSeconds(double.Parse(arguments[1], CultureInfo.InvariantCulture));
        try
        {
            var (median, p99) = MeasureAsync(arguments[0] == Attacked, duration).GetAwaiter().GetResult();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{median} {p99}"));
            return 0;
        }
        catch (BenchmarkException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
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

    private static (double Median, double P99) MeasureInProcess(bool isAttacked, double seconds)
    {
        var output = ChildProcess.Run(
        [
            // No compiling in the background of what is measured.
            "env", "DOTNET_TieredCompilation=0", "taskset", "-c", OurCores, .. ChildProcess.Self, "echoes", isAttacked ? Attacked : Quiet, seconds.ToString(CultureInfo.InvariantCulture),
        ]);
        var fields = output.Split(' ');
        return (double.Parse(fields[0], CultureInfo.InvariantCulture), double.Parse(fields[1], CultureInfo.InvariantCulture));
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

    /// <summary>Asks every other switch for its rules, as a controller does with those it knows. One that answers without end is the library's to deal with.</summary>
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
                    _ = ReadAsync(connection);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    private static async Task ReadAsync(OpenFlowConnection connection)
    {
        await using (connection)
        {
            try
            {
                await connection.ReadFlowsAsync();
            }
            catch (Exception error) when (error is IOException or TimeoutException or ObjectDisposedException or UnexpectedReplyException)
            {
                // A controller would say so.
            }

            await connection.Closed;
        }
    }

    private static Process StartAttack(int port)
    {
        var process = ChildProcess.Start(
            ["taskset", "-c", TheirCores, .. ChildProcess.Self, "attackers", port.ToString(CultureInfo.InvariantCulture), AttackerCount.ToString(CultureInfo.InvariantCulture)]);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Cores of the machine, also in a process that has only some of them.</summary>
    private static int CoreCount() => File.ReadLines("/proc/cpuinfo").Count(static line => line.StartsWith("processor", StringComparison.Ordinal));

    private static void Require(bool isTrue, string what)
    {
        if (!isTrue)
        {
            throw new BenchmarkException(what);
        }
    }
}
