using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>
/// A private Open vSwitch: database and switch daemon in a temporary directory, with the userspace datapath that needs neither
/// kernel module, interfaces nor root (<c>--enable-dummy</c>). The daemons end with the fixture, and also when the test process dies.
/// </summary>
public sealed partial class OvsDaemons : IAsyncLifetime
{
    // Holds the daemon's standard input open as long as the test process lives; when that ends, so does the daemon.
    private const string Guard = """
        "$@" & child=$!
        cat > /dev/null
        kill -KILL $child 2> /dev/null
        wait $child 2> /dev/null
        """;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"openflow-ovs-{Guid.NewGuid():n}");
    private readonly List<Process> _guards = [];
    private int _bridges;

    private string Socket => Path.Combine(_folder, "db.sock");

    private string SwitchLog => Path.Combine(_folder, "vswitchd.log");

    private string ControlSocket => Path.Combine(_folder, "vswitchd.ctl");

    public async Task InitializeAsync()
    {
        if (OvsTools.Missing is not null)
        {
            return;
        }

        Directory.CreateDirectory(_folder);
        try
        {
            var database = Path.Combine(_folder, "conf.db");
            Run("ovsdb-tool", "create", database, "/usr/share/openvswitch/vswitch.ovsschema");
            Start("ovsdb-server", database, $"--remote=punix:{Socket}", $"--unixctl={Path.Combine(_folder, "db.ctl")}", $"--log-file={Path.Combine(_folder, "db.log")}");
            await UntilAsync(() => File.Exists(Socket), "ovsdb-server listens");
            Run("ovs-vsctl", $"--db=unix:{Socket}", "--no-wait", "init");
            Start("ovs-vswitchd", $"unix:{Socket}", "--enable-dummy", "--disable-system", $"--unixctl={ControlSocket}", $"--log-file={SwitchLog}");
            await UntilAsync(() => File.Exists(ControlSocket), "ovs-vswitchd listens");
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var guard in _guards)
        {
            guard.StandardInput.Close();
            await guard.WaitForExitAsync(ScriptedPeer.Deadline());
            guard.Dispose();
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>Adds a bridge that refuses to forward without a controller, and returns its name.</summary>
    public string AddBridge(string protocols)
    {
        var bridge = $"of{Interlocked.Increment(ref _bridges)}";
        Configure(
            "add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=dummy", "fail-mode=secure", $"protocols={protocols}",
            "other-config:disable-in-band=true");
        return bridge;
    }

    /// <summary>Adds a port without a wire; <see cref="Receive"/> puts packets in.</summary>
    public void AddPort(string bridge, string port, uint number) =>
        Configure("add-port", bridge, port, "--", "set", "interface", port, "type=dummy", $"ofport_request={number}");

    /// <summary>Lets a port receive a frame.</summary>
    public void Receive(string port, byte[] frame) => Control("netdev-dummy/receive", port, Convert.ToHexString(frame));

    /// <summary>Lets the bridge connect to a controller.</summary>
    public void SetController(string bridge, IPEndPoint controller) =>
        Configure("set-controller", bridge, $"tcp:{controller}", "--", "set", "controller", bridge, "max_backoff=1000");

    /// <summary>Lets the bridge wait for controllers, and keep connecting to those it should; returns where it waits.</summary>
    public Task<IPEndPoint> ListenAsync(string bridge, params string[] otherControllers) => ListenByAsync("ptcp", bridge, otherControllers);

    /// <summary>The same by "ptcp" or "pssl".</summary>
    public async Task<IPEndPoint> ListenByAsync(string method, string bridge, params string[] otherControllers)
    {
        var before = ListeningPort().Count(ReadLog());
        Configure(["set-controller", bridge, $"{method}:0:127.0.0.1", .. otherControllers]);
        await UntilAsync(() => ListeningPort().Count(ReadLog()) > before, "the bridge listens");
        return new IPEndPoint(IPAddress.Loopback, int.Parse(ListeningPort().Matches(ReadLog())[^1].Groups[1].Value, null));
    }

    /// <summary><c>ovs-vsctl</c> with these arguments.</summary>
    public string Configure(params string[] arguments) => Run("ovs-vsctl", [$"--db=unix:{Socket}", "--timeout=20", .. arguments]);

    /// <summary><c>ovs-appctl</c> with these arguments.</summary>
    public string Control(params string[] arguments) => Run("ovs-appctl", ["-t", ControlSocket, .. arguments]);

    /// <summary>Waits for a condition, with a deadline.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var deadline = ScriptedPeer.Deadline();
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"waited too long until {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}{errors.Result}");
        return output;
    }

    private void Start(params string[] command)
    {
        var start = new ProcessStartInfo("sh", ["-c", Guard, "guard", .. command])
        {
            RedirectStandardInput = true,
            WorkingDirectory = _folder,
        };
        start.Environment["PATH"] += ":/usr/sbin:/sbin";
        foreach (var variable in new[] { "OVS_RUNDIR", "OVS_DBDIR", "OVS_LOGDIR" })
        {
            start.Environment[variable] = _folder;
        }

        _guards.Add(Process.Start(start)!);
    }

    private string ReadLog()
    {
        using var file = new FileStream(SwitchLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return new StreamReader(file).ReadToEnd();
    }

    [GeneratedRegex(@"listening on port (\d+)")]
    private static partial Regex ListeningPort();
}
