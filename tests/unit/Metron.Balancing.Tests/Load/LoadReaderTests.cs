namespace Metron.Balancing.Tests;

public sealed class LoadReaderTests
{
    private readonly LoadMeasurement _now = new(groups: 4, workers: 2) { Owners = { [0] = 0, [1] = 0, [2] = 1, [3] = 1 } };
    private readonly LoadReader _reader = new(4, [1.0, 0.5], LoadSettings.Default);

    public LoadReaderTests() => _reader.Read(_now, 0.1);

    [Fact]
    public void A_workers_useful_cycles_are_divided_by_packets()
    {
        Run(worker: 0, useful: 600, all: 1000);
        Receive(0, 100);
        Receive(1, 200);

        var sample = _reader.Read(_now, 0.1);

        Assert.Equal([0.2, 0.4, 0, 0], sample.Groups);
        Assert.Equal([0.6, 0], sample.WorkerLoads().Select(load => Math.Round(load, 6)));
    }

    [Fact]
    public void Sampled_cycles_make_dear_packets_count_more()
    {
        Run(worker: 0, useful: 600, all: 1000);
        Receive(0, 100);
        Receive(1, 100);
        Sample(0, packets: 10, cycles: 1000);
        Sample(1, packets: 5, cycles: 1000);

        Assert.Equal([0.2, 0.4, 0, 0], _reader.Read(_now, 0.1).Groups);
    }

    [Fact]
    public void A_group_without_samples_costs_what_the_others_do()
    {
        Run(worker: 0, useful: 800, all: 1000);
        Receive(0, 100);
        Receive(1, 100);
        Sample(0, packets: 10, cycles: 1000);

        Assert.Equal([0.4, 0.4, 0, 0], _reader.Read(_now, 0.1).Groups);
    }

    [Fact]
    public void Load_is_in_nominal_cores_whatever_the_workers_capacity()
    {
        Run(worker: 1, useful: 500, all: 1000);
        Receive(2, 10);

        Assert.Equal(0.25, _reader.Read(_now, 0.1).Groups[2], 6);
    }

    [Fact]
    public void A_full_queue_counts_only_when_its_worker_is_saturated()
    {
        Run(worker: 0, useful: 1000, all: 1000);
        Run(worker: 1, useful: 500, all: 1000);
        _now.QueueFill[0] = 0.8;
        _now.QueueFill[1] = 0.8;
        Receive(0, 1);
        Receive(2, 1);

        var groups = _reader.Read(_now, 0.1).Groups;

        Assert.Equal(1.2, groups[0], 6);
        Assert.Equal(0.25, groups[2], 6);
    }

    [Fact]
    public void A_worker_whose_counters_stand_still_keeps_its_loads()
    {
        Run(worker: 0, useful: 600, all: 1000);
        Receive(0, 100);
        _reader.Read(_now, 0.1);
        Receive(0, 5);

        Assert.Equal(0.6, _reader.Read(_now, 0.1).Groups[0], 6);
    }

    [Fact]
    public void A_worker_whose_counters_start_anew_keeps_its_loads_for_that_interval()
    {
        Run(worker: 0, useful: 600, all: 1000);
        Receive(0, 100);
        _reader.Read(_now, 0.1);
        (_now.UsefulCycles[0], _now.AllCycles[0]) = (1, 1200);
        Receive(0, 100);

        Assert.Equal(0.6, _reader.Read(_now, 0.1).Groups[0], 6);
        Run(worker: 0, useful: 300, all: 1000);
        Receive(0, 100);
        Assert.Equal(0.3, _reader.Read(_now, 0.1).Groups[0], 6);
    }

    [Fact]
    public void A_group_whose_counter_starts_anew_counts_what_it_shows()
    {
        Run(worker: 0, useful: 100, all: 1000);
        Receive(0, 1000);
        _reader.Read(_now, 0.1);
        _now.Packets[0] = 30;
        Receive(1, 10);
        Run(worker: 0, useful: 400, all: 1000);

        Assert.Equal([0.3, 0.1], _reader.Read(_now, 0.1).Groups.Take(2));
    }

    [Fact]
    public void Without_packets_useful_cycles_are_base_load()
    {
        Run(worker: 0, useful: 300, all: 1000);

        var sample = _reader.Read(_now, 0.1);

        Assert.Equal([0, 0, 0, 0], sample.Groups);
        Assert.Equal(0.3, sample.Bases[0], 6);
    }

    [Fact]
    public void A_group_that_changed_its_worker_keeps_its_load_for_that_interval()
    {
        Run(worker: 0, useful: 600, all: 1000);
        Receive(0, 100);
        _reader.Read(_now, 0.1);
        _now.Owners[0] = 1;
        Receive(0, 10);
        Run(worker: 1, useful: 100, all: 1000);

        Assert.Equal(0.6, _reader.Read(_now, 0.1).Groups[0], 6);
    }

    [Fact]
    public void A_cpu_of_the_kernel_has_soft_interrupts_as_load_and_other_work_as_base()
    {
        _now.SetCpu(0, softirq: 30, busy: 50, all: 100);
        Receive(0, 7);

        var sample = _reader.Read(_now, 0.1);

        Assert.Equal(0.3, sample.Groups[0], 6);
        Assert.Equal(0.2, sample.Bases[0], 6);
    }

    [Fact]
    public void The_first_call_knows_nothing()
    {
        var now = new LoadMeasurement(1, 1) { UsefulCycles = { [0] = 10 }, AllCycles = { [0] = 10 }, Packets = { [0] = 5 } };

        Assert.Equal(0, new LoadReader(1, [1.0], LoadSettings.Default).Read(now, 0.1).Groups[0]);
    }

    private void Run(int worker, ulong useful, ulong all)
    {
        _now.UsefulCycles[worker] += useful;
        _now.AllCycles[worker] += all;
    }

    private void Receive(int group, ulong packets) => _now.Packets[group] += packets;

    private void Sample(int group, ulong packets, ulong cycles)
    {
        _now.SampledPackets[group] += packets;
        _now.SampledCycles[group] += cycles;
    }
}
