using Xunit;

namespace Metron.Dpdk.Tests;

public sealed class ChildProcessTests
{
    [Fact]
    public void Arguments_that_dpdk_refuses_are_told_with_its_last_words()
    {
        var output = Program.RunChild(["start", "--vdev=net_nosuch0"]);

        Assert.Contains("DPDK did not start with '--lcores=0@(", output, StringComparison.Ordinal);
        Assert.Contains("--vdev=net_nosuch0", output, StringComparison.Ordinal);
        Assert.Contains("failed to parse device \"net_nosuch0\"", output, StringComparison.Ordinal);
        Assert.DoesNotContain("started", output, StringComparison.Ordinal);
        Assert.Contains("left behind False", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_keeps_the_threads_affinity_and_end_leaves_no_file_behind() =>
        Assert.Equal(["allowed 0", "left behind False"], Lines(Program.RunChild(["affinity"])));

    [RootFact]
    public void Start_removes_what_a_killed_process_of_the_same_name_left_behind()
    {
        // No process has a number above the kernel's limit of 2^22.
        var abandoned = Directory.CreateDirectory($"/var/run/dpdk/affinity-{5_000_000 + Environment.ProcessId}");
        Program.RunChild(["affinity"]);

        abandoned.Refresh();
        Assert.False(abandoned.Exists);
    }

    [HugePagesFact]
    public void Dpdk_runs_in_hugepages() => Assert.Equal(["forwarded 32"], Lines(Program.RunChild(["hugepages"])));

    [RootFact]
    public void Frames_with_and_without_vlan_tag_go_over_a_veth()
    {
        var space = $"dpdk-{Environment.ProcessId}";
        NativeHeaders.Run("ip", "netns", "add", space);
        try
        {
            NativeHeaders.Run("ip", "-n", space, "link", "add", "one", "type", "veth", "peer", "name", "two");
            NativeHeaders.Run("ip", "-n", space, "link", "set", "one", "up");
            NativeHeaders.Run("ip", "-n", space, "link", "set", "two", "up");
            var lines = Lines(Program.RunChild(["veth", "one", "two"], "ip", "netns", "exec", space));

            Assert.Equal("driver net_af_packet interface True link True", lines[0]);
            Assert.Equal(["promiscuous True", "promiscuous False"], lines[1..3]);
            Assert.StartsWith("plain ", lines[3], StringComparison.Ordinal);
            Assert.Equal(lines[3], lines[4]);
            Assert.StartsWith("tagged ", lines[5], StringComparison.Ordinal);
            Assert.Equal(lines[5], lines[6]);
            Assert.Equal("in use 0", lines[7]);
        }
        finally
        {
            NativeHeaders.Run("ip", "netns", "delete", space);
        }
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
