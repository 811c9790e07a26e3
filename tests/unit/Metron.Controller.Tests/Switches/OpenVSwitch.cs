using System.Diagnostics;

namespace Metron.Controller.Tests.Switches;

/// <summary>A test that needs Open vSwitch on this machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenVSwitchFactAttribute : FactAttribute
{
    public OpenVSwitchFactAttribute()
    {
        if (OpenVSwitch.Daemon is null)
        {
            Skip = "Open vSwitch is not installed (package openvswitch-switch)";
        }
    }
}

/// <summary>A test with several cases that needs Open vSwitch on this machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenVSwitchTheoryAttribute : TheoryAttribute
{
    public OpenVSwitchTheoryAttribute()
    {
        if (OpenVSwitch.Daemon is null)
        {
            Skip = "Open vSwitch is not installed (package openvswitch-switch)";
        }
    }
}

/// <summary>An Open vSwitch of a test's own, with a datapath that forwards nothing: enough for everything that OpenFlow says.</summary>
internal sealed class OpenVSwitch : IDisposable
{
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";

    private readonly TemporaryFolder _folder = new();
    private readonly Process _database;
    private readonly List<string> _bridges = [];
    private Process? _daemon;

    private OpenVSwitch()
    {
        Run("ovsdb-tool", "create", _folder["conf.db"], Schema);
        _database = Start("ovsdb-server", _folder["conf.db"], $"--remote=punix:{_folder["db.sock"]}", $"--unixctl={_folder["db.ctl"]}", "--log-file=/dev/null");
    }

    /// <summary>The switch daemon; null when it is not installed.</summary>
    public static string? Daemon { get; } = new[] { "/usr/sbin/ovs-vswitchd", "/usr/lib/openvswitch-switch/ovs-vswitchd" }.FirstOrDefault(File.Exists);

    /// <summary>Starts a switch without bridges.</summary>
    public static async Task<OpenVSwitch> StartAsync()
    {
        var result = new OpenVSwitch();
        await Eventually.HoldsAsync("the switch's database", () => File.Exists(result._folder["db.sock"]));
        result.SetUp("--no-wait", "init");
        await result.StartDaemonAsync();
        return result;
    }

    /// <summary>Adds a bridge with ports 1 to 3, 101 and 102.</summary>
    /// <param name="bridge">Name, unique on the machine.</param>
    /// <param name="datapathId">16 hexadecimal digits.</param>
    /// <param name="controller">"tcp:127.0.0.1:6653" or "ptcp:6654".</param>
    /// <param name="protocols">Versions that it speaks.</param>
    public void AddBridge(string bridge, string datapathId, string controller, string protocols = "OpenFlow13,OpenFlow14")
    {
        _bridges.Add(bridge);
        SetUp("add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=dummy", "fail-mode=secure", $"protocols={protocols}", $"other-config:datapath-id={datapathId}");
        foreach (var port in new[] { 1, 2, 3, 101, 102 })
        {
            SetUp("add-port", bridge, $"{bridge}p{port}", "--", "set", "interface", $"{bridge}p{port}", "type=dummy", $"ofport_request={port}");
        }

        SetUp("set-controller", bridge, controller, "--", "set", "controller", bridge, "max_backoff=1000", "inactivity_probe=5000");
    }

    public void SetUp(params string[] arguments) => Run("ovs-vsctl", [$"--db=unix:{_folder["db.sock"]}", "--timeout=20", .. arguments]);

    /// <summary>Adds or deletes rules behind the controller's back.</summary>
    public void Tamper(string command, string bridge, params string[] arguments) =>
        Run("ovs-ofctl", ["-O", "OpenFlow14", command, $"unix:{_folder[$"{bridge}.mgmt"]}", .. arguments]);

    /// <summary>The meters of a bridge.</summary>
    public IReadOnlyList<string> Meters(string bridge) =>
    [
        .. Run("ovs-ofctl", "-O", "OpenFlow13", "dump-meters", $"unix:{_folder[$"{bridge}.mgmt"]}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .SkipWhile(line => !line.StartsWith("meter=", StringComparison.Ordinal)).Where(line => line.Length > 0),
    ];

    /// <summary>The groups of a bridge, without the numbers of buckets.</summary>
    public IReadOnlyList<string> Groups(string bridge) =>
    [
        .. Run("ovs-ofctl", "-O", "OpenFlow15", "dump-groups", $"unix:{_folder[$"{bridge}.mgmt"]}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith("group_id=", StringComparison.Ordinal))
            .Select(line => System.Text.RegularExpressions.Regex.Replace(line, "bucket_id:[0-9]+,", string.Empty))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What the switch does with a packet, as it says itself: the datapath's actions.</summary>
    public string Trace(string bridge, string packet) => Run("ovs-appctl", "-t", _folder["vswitchd.ctl"], "ofproto/trace", bridge, packet)
        .Split('\n').Last(line => line.StartsWith("Datapath actions:", StringComparison.Ordinal))["Datapath actions:".Length..].Trim();

    /// <summary>Sets the link of a port.</summary>
    public void SetLink(string bridge, uint port, bool isUp) =>
        Run("ovs-appctl", "-t", _folder["vswitchd.ctl"], "netdev-dummy/set-admin-state", $"{bridge}p{port}", isUp ? "up" : "down");

    /// <summary>The rules of a bridge, without counters.</summary>
    public IReadOnlyList<string> Rules(string bridge) =>
    [
        .. Run("ovs-ofctl", "-O", "OpenFlow14", "--no-stats", "dump-flows", $"unix:{_folder[$"{bridge}.mgmt"]}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line.StartsWith("cookie", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Kills the daemon without warning; its rules are lost.</summary>
    public void Kill()
    {
        _daemon!.Kill();
        _daemon.WaitForExit();
        _daemon.Dispose();
        _daemon = null;
        foreach (var socket in Directory.GetFiles(_folder.Path, "*.mgmt").Append(_folder["vswitchd.ctl"]))
        {
            File.Delete(socket);
        }
    }

    public async Task StartDaemonAsync()
    {
        _daemon = Start(
            Daemon!, $"unix:{_folder["db.sock"]}", $"--unixctl={_folder["vswitchd.ctl"]}", "--enable-dummy", "--disable-system", "--log-file=/dev/null");
        await Eventually.HoldsAsync("the switch daemon", () => File.Exists(_folder["vswitchd.ctl"]));

        foreach (var bridge in _bridges)
        {
            await Eventually.HoldsAsync($"bridge {bridge}", () => File.Exists(_folder[$"{bridge}.mgmt"]));
        }
    }

    public void Dispose()
    {
        if (_daemon is not null)
        {
            Kill();
        }

        _database.Kill();
        _database.WaitForExit();
        _database.Dispose();
        _folder.Dispose();
    }

    private Process Start(string program, params string[] arguments)
    {
        var process = new Process { StartInfo = Describe(program, arguments) };
        process.StartInfo.RedirectStandardError = true;
        process.ErrorDataReceived += (_, _) => { };
        process.Start();
        process.BeginErrorReadLine();
        return process;
    }

    private string Run(string program, params string[] arguments)
    {
        using var process = new Process { StartInfo = Describe(program, arguments) };
        process.StartInfo.RedirectStandardOutput = true;
        process.StartInfo.RedirectStandardError = true;
        process.Start();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }

    private ProcessStartInfo Describe(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { Environment = { ["OVS_RUNDIR"] = _folder.Path, ["OVS_LOGDIR"] = _folder.Path, ["OVS_DBDIR"] = _folder.Path } };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
