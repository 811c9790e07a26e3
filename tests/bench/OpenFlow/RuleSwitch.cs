using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Metron.Bench.Processes;
using Metron.OpenFlow;

namespace Metron.Bench.OpenFlow;

/// <summary>An Open vSwitch of its own, beside any that runs on the machine, that waits for controllers at a TCP port of the loopback interface.</summary>
internal sealed class RuleSwitch : IDisposable
{
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("metron-bench-rules-");
    private readonly List<Process> _processes = [];

    /// <summary>Starts it with a bridge.</summary>
    /// <param name="datapath">"dummy" for one that needs no rights and no interfaces; "netdev" for one that forwards packets.</param>
    /// <exception cref="BenchmarkException">It is not installed, or does not start.</exception>
    public RuleSwitch(string datapath)
    {
        if (FindProgram() is not { } program)
        {
            throw new BenchmarkException("Open vSwitch is not installed (package openvswitch-switch)");
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
            string[] dummy = datapath == "dummy" ? ["--enable-dummy", "--disable-system"] : [];

            Start([program, $"unix:{At("db.sock")}", $"--unixctl={At("switch.ctl")}", $"--log-file={At("switch.log")}", .. dummy]);
            EndPoint = FreeEndPoint();
            Configure(
                "add-br", "br0", "--", "set", "bridge", "br0", $"datapath_type={datapath}", "fail-mode=secure", "protocols=OpenFlow13,OpenFlow14",
                "other-config:disable-in-band=true", "--", "set-controller", "br0",
                string.Create(CultureInfo.InvariantCulture, $"ptcp:{EndPoint.Port}:127.0.0.1"));
            if (!Polling.Until(Listens))
            {
                throw new BenchmarkException("ovs-vswitchd does not listen for controllers");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where it waits for controllers.</summary>
    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, 0);

    /// <summary>Connects as the library does.</summary>
    public OpenFlowConnection Connect() => new OpenFlowConnector(EndPoint, new OpenFlowConnectorOptions
    {
        Connection = new OpenFlowConnectionOptions { RequestTimeout = TimeSpan.FromMinutes(2) },
    }).ConnectAsync().GetAwaiter().GetResult();

    /// <summary>Adds an interface of this network namespace as a port.</summary>
    public void AddPort(string device, int number) =>
        Configure("add-port", "br0", device, "--", "set", "interface", device, string.Create(CultureInfo.InvariantCulture, $"ofport_request={number}"));

    /// <summary>Runs ovs-ofctl on the bridge by OpenFlow 1.4, and returns what it prints.</summary>
    public string Control(string command, params string[] arguments) =>
        ChildProcess.Run(["ovs-ofctl", "-O", "OpenFlow14", "--bundle", command, string.Create(CultureInfo.InvariantCulture, $"tcp:127.0.0.1:{EndPoint.Port}"), .. arguments]);

    /// <summary>Packets that the thread that forwards has read from interfaces so far. What came to them and was not read was lost in the buffers of their sockets.</summary>
    public long CountRead() => ChildProcess.Run(["ovs-appctl", "-t", At("switch.ctl"), "dpif-netdev/pmd-stats-show"]).Split('\n')
        .Where(line => line.Contains("packets received:", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture));

    /// <summary>How many rules the bridge has.</summary>
    public int CountRules() =>
        int.Parse(ChildProcess.Run(["ovs-ofctl", "-O", "OpenFlow14", "dump-aggregate", $"unix:{At("br0.mgmt")}"]).Split("flow_count=")[1].Trim(), CultureInfo.InvariantCulture);

    /// <summary>Removes all rules.</summary>
    public void Clear() => ChildProcess.Run(["ovs-ofctl", "-O", "OpenFlow14", "del-flows", $"unix:{At("br0.mgmt")}"]);

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
    }

    private static string? FindProgram() => File.Exists(Schema)
        ? new[] { "/usr/sbin/ovs-vswitchd", "/usr/lib/openvswitch-switch/ovs-vswitchd" }.FirstOrDefault(File.Exists)
        : null;

    private static IPEndPoint FreeEndPoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    private bool Listens()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(EndPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string At(string file) => Path.Combine(_directory.FullName, file);

    private void Configure(params string[] command) => ChildProcess.Run(["timeout", "60", "ovs-vsctl", $"--db=unix:{At("db.sock")}", .. command]);

    private void Start(params string[] command)
    {
        var process = ChildProcess.Start(command, ("OVS_RUNDIR", _directory.FullName), ("OVS_DBDIR", _directory.FullName), ("OVS_LOGDIR", _directory.FullName));
        _processes.Add(process);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }
}
