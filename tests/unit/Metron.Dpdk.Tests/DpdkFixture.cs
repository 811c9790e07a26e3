using Xunit;

namespace Metron.Dpdk.Tests;

/// <summary>DPDK, started once for all tests of this process, without hugepages and without PCI devices.</summary>
public sealed class DpdkFixture : IDisposable
{
    private int _names;

    public DpdkFixture() => Eal = Eal.Start(new EalOptions { ProgramName = "metron-dpdk-tests", HugePages = false, MemoryMegabytes = 256, Log = Lines.Add });

    public Eal Eal { get; }

    public System.Collections.Concurrent.ConcurrentBag<string> Lines { get; } = [];

    /// <summary>A name that no other test has.</summary>
    public string Name(string stem) => stem + Interlocked.Increment(ref _names);

    public MbufPool CreatePool(int count = 1023, int cacheSize = 32) => MbufPool.Create(Name("pool"), count, cacheSize);

    public void Dispose() => Eal.Dispose();
}

[CollectionDefinition(Name)]
public sealed class DpdkCollection : ICollectionFixture<DpdkFixture>
{
    public const string Name = "dpdk";
}
