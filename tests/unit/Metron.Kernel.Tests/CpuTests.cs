using Metron.Kernel.Bpf;
using Metron.Kernel.Cpus;

namespace Metron.Kernel.Tests;

public sealed class CpuTests
{
    [Fact]
    public void Times_of_CPUs_are_read_as_the_kernel_writes_them()
    {
        var times = CpuTimes.Parse(["cpu  30 0 0 70 0 0 0 0 0 0", "cpu0 10 1 2 70 5 3 6 3 9 9", "cpu12 1 2 3 4 5 6 7 8 0 0", "intr 1 2 3", "ctxt 5"]);
        Assert.Equal([new CpuTimes(0, 75, 6, 100), new CpuTimes(12, 9, 7, 36)], times);
    }

    [Fact]
    public void Shares_are_of_the_time_between_two_readings()
    {
        var (busy, softIrq) = new CpuTimes(0, 175, 36, 300).Since(new CpuTimes(0, 75, 6, 100));
        Assert.Equal(0.5, busy, 9);
        Assert.Equal(0.15, softIrq, 9);
        Assert.Equal((0, 0), new CpuTimes(0, 75, 6, 100).Since(new CpuTimes(0, 75, 6, 100)));
    }

    [Fact]
    public void This_machines_CPUs_are_found()
    {
        Assert.Equal(PossibleCpus.Online(), CpuTimes.ReadAll().Select(each => each.Cpu));
        Assert.InRange(PossibleCpus.Online()[^1], 0, PossibleCpus.Count - 1);
    }

    [Fact]
    public void Lists_of_CPUs_are_read_as_the_kernel_writes_them()
    {
        Assert.Equal([0, 1, 2, 3, 8], PossibleCpus.Parse("8,0-3\n"));
        Assert.Equal([5], PossibleCpus.Parse("5"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("3-1")]
    [InlineData("1,,2")]
    [InlineData("-1")]
    [InlineData("1-2-3")]
    public void What_is_no_list_of_CPUs_is_refused(string list) => Assert.Throws<FormatException>(() => PossibleCpus.Parse(list));
}
