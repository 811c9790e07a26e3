using Metron.Dataplane.Nics;
using Metron.Dpdk;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Tests.Nics;

/// <summary>What DpdkNic makes of a table. That a real device steers by it is tested in a guest.</summary>
public sealed class DpdkNicTests
{
    private const int Queues = 4;
    private const int Entries = 128;
    private const int Descriptors = 256;

    private readonly Table _table = new();
    private readonly DpdkNic _nic;

    public DpdkNicTests() => _nic = new DpdkNic(_table, Queues, Entries, Descriptors, new FrameHash(new Toeplitz(Toeplitz.SymmetricKey), HashTypes.All));

    [Fact]
    public void A_position_is_behind_everything_that_can_be_in_the_old_queue()
    {
        _nic.TakenOf(1).Add(1000);
        _nic.TakenOf(2).Add(70);
        var positions = new ulong[3];

        _nic.WriteIndirection([new(1, 3), new(2, 0), new(5, 0)], positions);

        // All descriptors full, and two bursts under way.
        Assert.Equal([1000ul + Descriptors + 128, 70ul + Descriptors + 128, 1000ul + Descriptors + 128], positions);
        Assert.Equal([3, 0, 0], new[] { 1, 2, 5 }.Select(entry => (int)_table.Queues[entry]));
        Assert.Equal([new RetaEntry(1, 3), new RetaEntry(2, 0), new RetaEntry(5, 0)], Assert.Single(_table.Writes));
    }

    [Fact]
    public void Another_queue_than_was_written_is_named()
    {
        _table.AfterWrite = queues => queues[7] = 2;

        var error = Assert.Throws<NicException>(() => _nic.WriteIndirection([new(7, 1)], new ulong[1]));

        Assert.Equal((7, (ushort)1, (ushort)2), (error.Entry, error.Wanted, error.Found));
    }

    [Fact]
    public void A_change_of_an_entry_that_was_not_written_is_named_too()
    {
        _table.AfterWrite = queues => queues[9] = 0;

        var error = Assert.Throws<NicException>(() => _nic.WriteIndirection([new(7, 1)], new ulong[1]));

        Assert.Equal((9, (ushort)1, (ushort)0), (error.Entry, error.Wanted, error.Found));
    }

    [Fact]
    public void What_the_device_refuses_is_said_in_its_words()
    {
        _table.AfterWrite = _ => throw new DpdkException("nic0 (net_fake) does not change 1 entries of its indirection table", 95);

        var error = Assert.Throws<NicException>(() => _nic.WriteIndirection([new(7, 1)], new ulong[1]));

        Assert.StartsWith("nic0 (net_fake) does not change", error.Message, StringComparison.Ordinal);
        Assert.IsType<DpdkException>(error.InnerException);
    }

    [Fact]
    public void A_table_that_no_driver_has_spread_is_noticed()
    {
        Assert.Equal(["all 64 entries of the indirection table name queue 0: the driver has not spread them over 4 queues"], DpdkNic.FindingsOf(new ushort[64], 4));
        Assert.Empty(DpdkNic.FindingsOf(new ushort[64], 1));
    }

    [Fact]
    public void Entries_without_a_queue_and_queues_without_an_entry_are_noticed()
    {
        Assert.Equal(
            ["entry 2 of the indirection table names queue 5, but there are 4", "no entry of the indirection table names queue 3"],
            DpdkNic.FindingsOf([0, 1, 5, 2], 4));
        Assert.Empty(DpdkNic.FindingsOf([0, 1, 2, 3], 4));
    }

    [Fact]
    public void A_device_is_configured_to_hash_flows_as_far_as_it_can_with_a_key_of_its_length()
    {
        var capabilities = new DeviceCapabilities("net_fake", 0, 8, 8, 68, 9000, ReceiveOffloads.RssHash | ReceiveOffloads.VlanStrip, TransmitOffloads.None, 512, 52, RssHashTypes.Ipv4Tcp | RssHashTypes.Ipv4 | RssHashTypes.Layer2);

        var configuration = DpdkNic.Configure(new DeviceConfiguration(null!) { ReceiveQueues = 2 }, capabilities);

        Assert.Equal(RssHashTypes.Ipv4Tcp | RssHashTypes.Ipv4, configuration.RssHashTypes);
        Assert.Equal(ReceiveOffloads.RssHash, configuration.ReceiveOffloads);
        Assert.Equal(52, configuration.RssKey.Length);
        Assert.True(new Toeplitz(configuration.RssKey.Span).IsSymmetric);
        Assert.Equal(2, configuration.ReceiveQueues);
    }

    /// <summary>A table in memory.</summary>
    private sealed class Table : IRetaCalls
    {
        public ushort[] Queues { get; } = [.. Enumerable.Range(0, Entries).Select(entry => (ushort)(entry % DpdkNicTests.Queues))];

        public List<RetaEntry[]> Writes { get; } = [];

        public Action<ushort[]> AfterWrite { get; set; } = _ => { };

        public void Read(Span<ushort> queues) => Queues.CopyTo(queues);

        public void Write(ReadOnlySpan<RetaEntry> entries)
        {
            Writes.Add(entries.ToArray());
            foreach (var entry in entries)
            {
                Queues[entry.Index] = entry.Queue;
            }

            AfterWrite(Queues);
        }
    }
}
