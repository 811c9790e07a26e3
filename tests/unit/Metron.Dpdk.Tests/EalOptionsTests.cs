using Xunit;

namespace Metron.Dpdk.Tests;

public sealed class EalOptionsTests
{
    [Fact]
    public void Defaults_scan_no_bus_and_keep_nothing_in_files() => Assert.Equal(
        ["--lcores=0@(0,3)", $"--file-prefix=metron-{Environment.ProcessId}", "--in-memory", "--no-telemetry", "--no-pci"],
        new EalOptions().ToArguments([0, 3]));

    [Fact]
    public void Every_option_becomes_an_argument() => Assert.Equal(
        [
            "--lcores=0@(1)", "--file-prefix=p", "--no-huge", "-m", "512", "-a", "0000:01:00.0", "-a", "0000:01:00.1,x=1",
            "--vdev=net_null0", "--vdev=net_null1,size=64", "--log-level=8",
        ],
        new EalOptions
        {
            FilePrefix = "p",
            InMemory = false,
            HugePages = false,
            MemoryMegabytes = 512,
            PciDevices = ["0000:01:00.0", "0000:01:00.1,x=1"],
            VirtualDevices = ["net_null0", "net_null1,size=64"],
            ExtraArguments = ["--log-level=8"],
        }.ToArguments([1]));
}
