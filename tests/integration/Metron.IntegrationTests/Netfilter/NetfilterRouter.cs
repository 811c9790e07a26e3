using System.Globalization;
using Metron.IntegrationTests.Lab;

namespace Metron.IntegrationTests.Netfilter;

/// <summary>
/// A Linux router in a network namespace, between the interfaces lan0 and wan0: everything that comes in by one goes out by the other, if
/// netfilter lets it. Another namespace holds both peers.
/// </summary>
internal sealed class NetfilterRouter : IAsyncDisposable
{
    private static int s_count;
    private readonly string _router;
    private readonly string _peers;
    private readonly string _file;

    private NetfilterRouter(string name) => (_router, _peers, _file) = ($"{name}r", $"{name}p", $"/tmp/{name}.txt");

    /// <summary>Sets it up, without rules.</summary>
    public static async Task<NetfilterRouter> StartAsync()
    {
        var router = new NetfilterRouter($"mtrnf{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
        try
        {
            await router.SetUpAsync();
            return router;
        }
        catch
        {
            await router.DisposeAsync();
            throw;
        }
    }

    /// <summary>Loads rules by a command that reads them from its standard input's file: iptables-restore, ip6tables-restore, nft -f.</summary>
    public async Task LoadAsync(string rules, params IEnumerable<string> command)
    {
        await File.WriteAllTextAsync(_file, rules);
        (await InRouterAsync([.. command, _file])).Succeeded();
    }

    /// <summary>Runs a command in the router's namespace.</summary>
    public Task<CommandResult> InRouterAsync(params IEnumerable<string> command) => RunAsync(["ip", "netns", "exec", _router, .. command]);

    /// <summary>Forgets all rules and connections.</summary>
    public async Task ClearAsync()
    {
        (await InRouterAsync("nft", "flush", "ruleset")).Succeeded();
    }

    /// <summary>Sends frames from the inside (0) and the outside (1), in order.</summary>
    /// <returns>The numbers at the ends of those that came out on the other side.</returns>
    public async Task<HashSet<uint>> ForwardAsync(IEnumerable<(int Side, byte[] Frame)> frames)
    {
        await File.WriteAllLinesAsync(_file, frames.Select(frame => $"{frame.Side} {Convert.ToHexStringLower(frame.Frame)}"));
        var result = await RunAsync(["ip", "netns", "exec", _peers, Repository.Traffic("forward.py"), _file, "lanp", "wanp"]);
        return [.. result.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => uint.Parse(line, CultureInfo.InvariantCulture))];
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await RunAsync(["ip", "netns", "del", _router]);
        await RunAsync(["ip", "netns", "del", _peers]);
        File.Delete(_file);
    }

    private async Task SetUpAsync()
    {
        string[] script =
        [
            $"ip netns add {_router}",
            $"ip netns add {_peers}",
            $"ip -n {_router} link add lan0 address 02:00:00:00:00:01 type veth peer name lanp address 02:00:00:00:00:11 netns {_peers}",
            $"ip -n {_router} link add wan0 address 02:00:00:00:00:02 type veth peer name wanp address 02:00:00:00:00:12 netns {_peers}",

            // Everything is forwarded, whatever its addresses; connections begin with their first packet and are not judged by TCP windows.
            $"ip netns exec {_router} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=0 net.ipv4.conf.wan0.rp_filter=0 net.ipv4.conf.all.send_redirects=0 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.lan0.accept_dad=0 net.ipv6.conf.wan0.accept_dad=0",
            $"ip netns exec {_peers} sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
            .. new[] { ("lan", "wan", 12, 100), ("wan", "lan", 11, 101) }.SelectMany(way => Way(way.Item1, way.Item2, way.Item3, way.Item4)),
        ];
        await File.WriteAllLinesAsync(_file, ["set -e", .. script]);
        (await RunAsync(["bash", _file])).Succeeded();
    }

    private IEnumerable<string> Way(string from, string to, int peer, int table) =>
    [
        $"ip -n {_peers} link set {from}p up",
        $"ip -n {_router} link set {from}0 up",
        $"ip -n {_router} link set {to}0 up",
        $"ip -n {_router} neigh replace fe80::2 lladdr 02:00:00:00:00:{peer} dev {to}0 nud permanent",
        $"ip -n {_router} rule add iif {from}0 lookup {table} pref {table}",
        $"ip -n {_router} -6 rule add iif {from}0 lookup {table} pref {table}",
        $"ip -n {_router} addr add 169.254.{peer}.1/24 dev {to}0",
        $"ip -n {_router} neigh replace 169.254.{peer}.2 lladdr 02:00:00:00:00:{peer} dev {to}0 nud permanent",
        $"ip -n {_router} route replace default via 169.254.{peer}.2 dev {to}0 table {table}",
        $"ip -n {_router} -6 route replace default via fe80::2 dev {to}0 onlink table {table}",
    ];

    private static async Task<CommandResult> RunAsync(IReadOnlyList<string> command)
    {
        await using var process = LabProcess.Start(command);
        return await process.WaitAsync(60);
    }
}
