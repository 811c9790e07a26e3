using System.Net.Sockets;
using Metron.IntegrationTests.Lab;

namespace Metron.IntegrationTests.Guest;

/// <summary>A virtual machine of deploy/lab/guest, with a program of ours in it that takes commands.</summary>
internal sealed class GuestMachine : IAsyncDisposable
{
    private static int s_count;
    private readonly string _directory = $"/tmp/metron-guest-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private StreamReader? _reader;

    private GuestMachine()
    {
    }

    /// <summary>Where tests/run puts the kernel.</summary>
    public static string Kernel { get; } = Path.Combine(Repository.Root, "artifacts", "guest-kernel");

    /// <summary>What the program said first.</summary>
    public IReadOnlyList<string> Greeting { get; private set; } = [];

    /// <summary>Boots a guest and waits until its program is ready.</summary>
    /// <param name="mode">What the program of Metron.GuestProbe shall do.</param>
    /// <param name="queues">Queues of the guest's NIC.</param>
    public static async Task<GuestMachine> StartAsync(string mode, int queues)
    {
        var guest = new GuestMachine();
        try
        {
            await guest.BootAsync(mode, queues);
            return guest;
        }
        catch
        {
            await guest.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file that is gone with the guest: traffic scripts end when it is there.</summary>
    public string StopFile => Path.Combine(_directory, "stop");

    /// <summary>Gives the program a command.</summary>
    /// <returns>The lines of its answer.</returns>
    public async Task<IReadOnlyList<string>> AskAsync(string command)
    {
        await _socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(command + "\n"));
        return await ReadAnswerAsync(120);
    }

    /// <summary>As the other, for an answer of one line.</summary>
    public async Task<string> AskLineAsync(string command) => Assert.Single(await AskAsync(command));

    /// <summary>Starts a traffic script at the other end of the guest's NIC, the interface nic0.</summary>
    public LabProcess StartTraffic(string script, params IEnumerable<string> arguments) =>
        LabProcess.Start([Script, "run", _directory, Repository.Traffic(script), "nic0", .. arguments]);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        _socket.Dispose();
        await RunAsync("down", _directory);
    }

    private static string Script => Path.Combine(Repository.Root, "deploy", "lab", "guest");

    private async Task BootAsync(string mode, int queues)
    {
        var probe = Repository.Executable("tests/integration/Metron.GuestProbe", "Metron.GuestProbe");
        (await RunAsync("up", _directory, "--kernel", Kernel, "--queues", $"{queues}", "--", probe, mode, "/dev/ttyS1", $"{queues}")).Succeeded();
        await _socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_directory, "control")));
        _reader = new StreamReader(new NetworkStream(_socket));
        Greeting = await ReadAnswerAsync(180);
    }

    private async Task<IReadOnlyList<string>> ReadAnswerAsync(int seconds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var lines = new List<string>();
        try
        {
            while (await _reader!.ReadLineAsync(deadline.Token) is { } line)
            {
                if (line == "end")
                {
                    return lines is [var only] && only.StartsWith("failed ", StringComparison.Ordinal) ? throw new InvalidOperationException(only) : lines;
                }

                lines.Add(line);
            }
        }
        catch (OperationCanceledException)
        {
            lines.Add($"(nothing more in {seconds} s)");
        }

        var console = Path.Combine(_directory, "console");
        throw new InvalidOperationException(
            $"the guest did not answer: {string.Join(" | ", lines)}\n{(File.Exists(console) ? await File.ReadAllTextAsync(console) : "it printed nothing")}");
    }

    private static async Task<CommandResult> RunAsync(params IEnumerable<string> arguments)
    {
        await using var process = LabProcess.Start([Script, .. arguments]);
        return await process.WaitAsync(60);
    }
}
