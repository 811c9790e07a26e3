using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Metron.IntegrationTests.Lab;

/// <summary>
/// A closed program in a namespace of its own, which passes frames on between two interfaces for each worker. The other ends, bb0i, bb0o, bb1i, …, lie
/// where the agent is.
/// </summary>
internal sealed partial class Appliance
{
    private readonly LabNetwork _network;
    private readonly LabProcess _process;
    private readonly int _id;

    private Appliance(LabNetwork network, LabProcess process, int id) => (_network, _process, _id) = (network, process, id);

    /// <summary>Starts the program and makes its interfaces; returns when it passes frames on.</summary>
    public static async Task<Appliance> StartAsync(LabNetwork network, int workers)
    {
        var pairs = Enumerable.Range(0, workers).Select(worker => $"p{worker}i:p{worker}o");
        var process = network.Start("switch", ["unshare", "--net", Repository.Traffic("appliance.py"), .. pairs]);
        await process.WroteAsync("pid ");
        var id = int.Parse(ProcessId().Match(process.Output).Groups[1].Value, CultureInfo.InvariantCulture);
        foreach (var end in Enumerable.Range(0, workers).SelectMany(worker => new[] { $"{worker}i", $"{worker}o" }))
        {
            await LinkAsync(network, id, end);
        }

        await process.WroteAsync("ready");
        return new Appliance(network, process, id);
    }

    /// <summary>Stops the program where it is: its interfaces stay up, and nothing comes out.</summary>
    public void Freeze() => Signal("-STOP");

    /// <summary>Lets it go on.</summary>
    public void Thaw() => Signal("-CONT");

    /// <summary>Takes an interface of the program down, or up.</summary>
    /// <param name="end">Its name: "p0i".</param>
    /// <param name="up">Up or down.</param>
    public async Task SetLinkAsync(string end, bool up) =>
        (await _network.RunAsync("switch", "nsenter", $"--net=/proc/{_id}/ns/net", "ip", "link", "set", end, up ? "up" : "down")).Succeeded();

    /// <summary>What it wrote to its errors.</summary>
    public string Errors => _process.Errors;

    private static async Task LinkAsync(LabNetwork network, int id, string end)
    {
        const string Quiet = "net.ipv6.conf.{0}.disable_ipv6=1";
        string[] inside = ["nsenter", $"--net=/proc/{id}/ns/net"];
        string[] off = ["rx", "off", "tx", "off", "tso", "off", "gso", "off", "gro", "off"];
        IEnumerable<IEnumerable<string>> commands =
        [
            ["ip", "link", "add", $"bb{end}", "mtu", "1504", "type", "veth", "peer", "name", $"p{end}", "mtu", "1504"],
            ["ip", "link", "set", $"p{end}", "netns", $"{id}"],
            ["sysctl", "-q", "-w", string.Format(CultureInfo.InvariantCulture, Quiet, $"bb{end}")],
            [.. inside, "sysctl", "-q", "-w", string.Format(CultureInfo.InvariantCulture, Quiet, $"p{end}")],
            ["ethtool", "-K", $"bb{end}", .. off],
            [.. inside, "ethtool", "-K", $"p{end}", .. off],
            ["ip", "link", "set", $"bb{end}", "up"],
            [.. inside, "ip", "link", "set", $"p{end}", "up"],
        ];
        foreach (var command in commands)
        {
            (await network.RunAsync("switch", command)).Succeeded();
        }
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_id}"]);
        kill.WaitForExit();
    }

    [GeneratedRegex(@"pid (\d+)")]
    private static partial Regex ProcessId();
}
