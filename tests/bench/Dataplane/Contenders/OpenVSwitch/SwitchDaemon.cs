using System.Diagnostics;
using System.Globalization;
using Metron.Bench.Processes;

namespace Metron.Bench.Dataplane;

/// <summary>
/// An Open vSwitch with DPDK of its own, beside any that runs on the machine: own directory, database and control sockets. Its one poll-mode
/// thread runs on the worker's core.
/// </summary>
internal sealed class SwitchDaemon : IDisposable
{
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("metron-bench-ovs-");
    private readonly List<Process> _processes = [];

    /// <summary>Starts it with a bridge and rules, without a port.</summary>
    /// <param name="size">Memory that contenders get.</param>
    /// <param name="rules">As ovs-ofctl(8) reads them.</param>
    /// <exception cref="BenchmarkException">It is not installed, or does not start.</exception>
    public SwitchDaemon(PoolSize size, IReadOnlyList<string> rules)
    {
        if (FindProgram() is not { } program)
        {
            throw new BenchmarkException("Open vSwitch with DPDK is not installed (package openvswitch-switch-dpdk)");
        }

        try
        {
            ChildProcess.Run(["ovsdb-tool", "create", At("conf.db"), Schema]);
            Start("ovsdb-server", At("conf.db"), $"--remote=punix:{At("db.sock")}", $"--unixctl={At("db.ctl")}", $"--log-file={At("db.log")}");
            if (!Polling.Until(() => File.Exists(At("db.sock"))))
            {
                throw new BenchmarkException("ovsdb-server does not answer");
            }

            Configure("--no-wait", "init");
            Configure(["--no-wait", "set", "Open_vSwitch", ".", .. Options(size)]);
            Start(program, $"unix:{At("db.sock")}", $"--unixctl={At("switch.ctl")}", $"--log-file={At("switch.log")}");
            Configure("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev", "fail-mode=secure", "protocols=OpenFlow13");
            File.WriteAllLines(At("rules"), rules);
            ChildProcess.Run(["ovs-ofctl", "-O", "OpenFlow13", "--bundle", "add-flows", $"unix:{At("br0.mgmt")}", At("rules")]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Process id of the switch.</summary>
    public int ProcessId => _processes[^1].Id;

    /// <summary>The daemon, where Debian puts it; null when it is not installed.</summary>
    public static string? FindProgram()
    {
        const string program = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk";
        return File.Exists(program) && File.Exists(Schema) ? program : null;
    }

    /// <summary>Adds the device; packets flow from now on.</summary>
    /// <param name="device">As behind --vdev.</param>
    public void AddPort(string device)
    {
        Configure("add-port", "br0", "p1", "--", "set", "interface", "p1", "type=dpdk", $"options:dpdk-devargs=\"{device}\"", "ofport_request=1");
        var error = ChildProcess.Run(["ovs-vsctl", $"--db=unix:{At("db.sock")}", "get", "interface", "p1", "error"]).Trim();
        if (error is not ("[]" or "\"\""))
        {
            throw new BenchmarkException($"Open vSwitch cannot use the device: {error}");
        }
    }

    /// <summary>Removes the device; it is closed.</summary>
    public void RemovePort() => Configure("del-port", "br0", "p1");

    /// <summary>Packets that poll-mode threads have received (ovs-vswitchd(8), dpif-netdev/pmd-stats-show).</summary>
    public double ReadReceivedPackets()
    {
        const string label = "packets received:";
        return ChildProcess.Run(["ovs-appctl", "-t", At("switch.ctl"), "dpif-netdev/pmd-stats-show"]).Split('\n')
            .Where(line => line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.IndexOf(label, StringComparison.Ordinal) + label.Length)..], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            if (!process.HasExited)
            {
                process.Kill();
                process.WaitForExit();
            }

            process.Dispose();
        }

        _directory.Delete(recursive: true);
        var runtime = $"/var/run/dpdk/{_directory.Name}";
        if (Directory.Exists(runtime))
        {
            Directory.Delete(runtime, recursive: true);
        }
    }

    private IEnumerable<string> Options(PoolSize size)
    {
        yield return "other_config:dpdk-init=true";
        yield return Mask("dpdk-lcore-mask", Setup.MainCore);
        yield return Mask("pmd-cpu-mask", Setup.WorkerCore);
        var memory = size.Megabytes.ToString(CultureInfo.InvariantCulture);
        yield return size.HasHugePages ? $"other_config:dpdk-socket-mem={memory}" : "other_config:dpdk-socket-mem=\"\"";
        var pages = size.HasHugePages ? "--in-memory" : $"--no-huge --legacy-mem -m {memory}";
        yield return $"other_config:dpdk-extra=\"{pages} --no-pci --no-telemetry --file-prefix={_directory.Name}\"";
    }

    private static string Mask(string option, int core) => string.Create(CultureInfo.InvariantCulture, $"other_config:{option}=0x{1UL << core:x}");

    private string At(string file) => Path.Combine(_directory.FullName, file);

    private void Configure(params string[] command) =>
        ChildProcess.Run(["timeout", "60", "ovs-vsctl", $"--db=unix:{At("db.sock")}", .. command]);

    private void Start(params string[] command)
    {
        var process = ChildProcess.Start(command, ("OVS_RUNDIR", _directory.FullName), ("OVS_DBDIR", _directory.FullName), ("OVS_LOGDIR", _directory.FullName));
        _processes.Add(process);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }
}
