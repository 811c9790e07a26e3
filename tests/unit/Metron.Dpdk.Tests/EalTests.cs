using Xunit;

namespace Metron.Dpdk.Tests;

[Collection(DpdkCollection.Name)]
public sealed class EalTests(DpdkFixture dpdk)
{
    [Fact]
    public void Version_and_tsc_frequency_are_told()
    {
        Assert.StartsWith("DPDK 22.11", dpdk.Eal.Version, StringComparison.Ordinal);
        Assert.InRange(dpdk.Eal.TscHertz, 500_000_000ul, 10_000_000_000ul);
    }

    [Fact]
    public void Log_lines_go_to_the_receiver() =>
        Assert.Contains(dpdk.Lines, line => line.StartsWith("EAL: ", StringComparison.Ordinal));

    [Fact]
    public void A_second_start_is_refused()
    {
        var error = Assert.Throws<DpdkException>(() => Eal.Start(new EalOptions()));

        Assert.Contains("only once", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_get_lcore_ids_of_their_own_and_give_them_back()
    {
        using var both = new Barrier(2);
        var first = RegisterOn(() => both.SignalAndWait());
        var second = RegisterOn(() => both.SignalAndWait());
        first.Thread.Join();
        second.Thread.Join();

        Assert.NotEqual(first.Lcore(), second.Lcore());
        Assert.All([first.Lcore(), second.Lcore()], lcore => Assert.InRange(lcore, 1, 127));
    }

    [Fact]
    public void A_thread_cannot_register_twice()
    {
        Exception? error = null;
        var thread = new Thread(() =>
        {
            using var registration = EalThread.Register();
            error = Record.Exception(() => EalThread.Register());
        });
        thread.Start();
        thread.Join();

        Assert.Contains("already", Assert.IsType<DpdkException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pinned_thread_runs_on_its_cpu_only()
    {
        IReadOnlyList<int> allowed = [];
        var thread = new Thread(() =>
        {
            CpuAffinity.Pin(0);
            allowed = CpuAffinity.Allowed();
        });
        thread.Start();
        thread.Join();

        Assert.Equal([0], allowed);
    }

    [Fact]
    public void Pinning_to_a_cpu_that_is_not_there_is_refused()
    {
        var error = Assert.Throws<DpdkException>(() => CpuAffinity.Pin(1000));

        Assert.Contains("CPU 1000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopwatch_ticks_become_tsc_cycles() => Assert.Equal(2_450.0, Tsc.ToCycles(System.Diagnostics.Stopwatch.Frequency / 1_000_000, 2_450_000_000));

    private static (Thread Thread, Func<int> Lcore) RegisterOn(Action whileRegistered)
    {
        var lcore = 0;
        var thread = new Thread(() =>
        {
            using var registration = EalThread.Register();
            lcore = registration.LcoreId;
            whileRegistered();
        });
        thread.Start();
        return (thread, () => lcore);
    }
}
