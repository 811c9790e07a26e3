using System.Text.Json;
using Metron.IntegrationTests.Lab;

namespace Metron.IntegrationTests;

/// <summary>What the other tests stand on: the lab's links, its switch, and tagged frames through DPDK's net_af_packet.</summary>
public class LabItselfTests
{
    private static readonly string[] s_tagAndReturn =
    [
        "table=0,in_port=1,vlan_tci=0,actions=write_metadata:1,goto_table:20",
        "table=0,in_port=2,vlan_tci=0,actions=write_metadata:2,goto_table:20",
        "table=20,priority=2,metadata=1,udp,udp_src=0x2/0x2,actions=push_vlan:0x8100,set_field:4198->vlan_vid,output:102",
        "table=20,priority=1,metadata=1,actions=push_vlan:0x8100,set_field:4197->vlan_vid,output:101",
        "table=20,priority=2,metadata=2,udp,udp_dst=0x2/0x2,actions=push_vlan:0x8100,set_field:4200->vlan_vid,output:102",
        "table=20,priority=1,metadata=2,actions=push_vlan:0x8100,set_field:4199->vlan_vid,output:101",
        "table=0,in_port=101,dl_vlan=101,actions=pop_vlan,output:2",
        "table=0,in_port=102,dl_vlan=102,actions=pop_vlan,output:2",
        "table=0,in_port=101,dl_vlan=103,actions=pop_vlan,output:1",
        "table=0,in_port=102,dl_vlan=104,actions=pop_vlan,output:1",
    ];

    [LabFact]
    public async Task Two_labs_stand_side_by_side_and_leave_nothing_behind()
    {
        string firstDirectory, secondDirectory;
        await using (var first = await LabNetwork.CreateAsync(new LabLayout(Clients: 2, Servers: 2)))
        await using (var second = await LabNetwork.CreateAsync(new LabLayout()))
        {
            (firstDirectory, secondDirectory) = (first.Directory, second.Directory);
            await second.OfctlAsync("add-flow", "actions=NORMAL");
            (await second.RunAsync("client1", "ping", "-c", "1", "-W", "2", "192.168.77.10")).Succeeded();
            var other = await first.RunAsync("client1", "ping", "-c", "1", "-W", "1", "192.168.77.10");
            Assert.NotEqual(0, other.ExitCode);
        }

        Assert.False(Directory.Exists(firstDirectory));
        Assert.False(Directory.Exists(secondDirectory));
        await using var list = LabProcess.Start(["ip", "netns", "list"]);
        var names = (await list.WaitAsync()).Succeeded().Output;
        Assert.DoesNotContain(await IdOf(firstDirectory), names, StringComparison.Ordinal);
        Assert.DoesNotContain(await IdOf(secondDirectory), names, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task Tagged_frames_go_to_the_worker_that_the_rules_choose_and_come_back_whole()
    {
        await using var network = await LabNetwork.CreateAsync(new LabLayout());
        foreach (var rule in s_tagAndReturn)
        {
            await network.OfctlAsync("add-flow", rule);
        }

        await using var forwarder = network.Start("switch", "dpdk-testpmd", "-l", "0,1", "--no-pci", "--no-huge", "--no-shconf", "-m", "128", $"--file-prefix={network.DpdkPrefix}",
            "--vdev=net_af_packet0,iface=worker0", "--vdev=net_af_packet1,iface=worker1", "--", "--forward-mode=io", "--port-topology=loop",
            "--total-num-mbufs=4096", "--auto-start", "--stats-period=60");
        await forwarder.WroteAsync("Port statistics");
        await using var capture = network.Start("switch", "tcpdump", "-i", "worker1", "-n", "-e", "-l", "-c", "2");
        await capture.WroteAsync("listening on worker1");
        await using var echo = network.Start("server1", Repository.Traffic("numbered.py"), "echo", "7");
        await echo.WroteAsync("ready");

        var sent = await network.RunAsync("client1", Repository.Traffic("numbered.py"), "send", "192.168.77.10", "7", "--seconds", "1",
            "--source-ports", "40000,40002", "--size", "1472", "--rate", "200");

        var result = JsonDocument.Parse(sent.Succeeded().Output.Split('\n')[1]).RootElement;
        Assert.Equal(0, result.GetProperty("lost").GetInt32());
        Assert.True(result.GetProperty("sent").GetInt32() > 100);
        var seen = (await capture.WaitAsync()).Succeeded().Output;
        Assert.Contains("vlan 102", seen, StringComparison.Ordinal);
        Assert.Contains("192.168.77.2.40002 > 192.168.77.10.7", seen, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task The_switch_comes_back_with_its_ports_but_without_its_rules()
    {
        await using var network = await LabNetwork.CreateAsync(new LabLayout());
        await network.OfctlAsync("add-flow", "actions=NORMAL");
        var ports = await PortNumbers(network);

        await network.SwitchAsync("kill");
        await network.SwitchAsync("start");

        Assert.Equal(ports, await PortNumbers(network));
        Assert.DoesNotContain("NORMAL", await network.OfctlAsync("dump-flows"), StringComparison.Ordinal);
    }

    private static async Task<string[]> PortNumbers(LabNetwork network) =>
        [.. (await network.OfctlAsync("show")).Split('\n').Where(line => line.Contains("): addr:", StringComparison.Ordinal)).Select(line => line.Split(':')[0].Trim()).Order()];

    private static async Task<string> IdOf(string directory)
    {
        await using var digest = LabProcess.Start(["bash", "-c", $"printf %s {directory} | sha1sum | cut -c1-8"]);
        return (await digest.WaitAsync()).Succeeded().Output.Trim();
    }
}
