using System.Globalization;

namespace Metron.Dpdk;

/// <summary>What the environment abstraction layer (EAL) is started with.</summary>
public sealed record EalOptions
{
    /// <summary>Name of the process in DPDK's messages.</summary>
    public string ProgramName { get; init; } = "metron";

    /// <summary>
    /// Own prefix of the files under /run/dpdk and on hugetlbfs; two DPDK processes with the same one disturb each other. Null: the program's
    /// name and process id.
    /// </summary>
    public string? FilePrefix { get; init; }

    /// <summary>
    /// Keeps nothing in files: other processes cannot attach, and no memory is left behind after a crash (--in-memory, or --no-shconf
    /// without hugepages; --no-telemetry).
    /// </summary>
    public bool InMemory { get; init; } = true;

    /// <summary>Whether memory comes from hugetlbfs; false is for machines without (--no-huge), and slower.</summary>
    public bool HugePages { get; init; } = true;

    /// <summary>Memory to reserve in MiB. 0: as needed, with hugepages; 64 MiB without, which is DPDK's own default.</summary>
    public int MemoryMegabytes { get; init; }

    /// <summary>PCI addresses to take over ("0000:3b:00.0", with device arguments behind a comma). Empty: the PCI bus is not scanned.</summary>
    public IReadOnlyList<string> PciDevices { get; init; } = [];

    /// <summary>Virtual devices to create at start ("net_null0,size=64"). More can follow by <see cref="EthernetDevice.Probe"/>.</summary>
    public IReadOnlyList<string> VirtualDevices { get; init; } = [];

    /// <summary>More EAL arguments, as on DPDK's command lines.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>Gets DPDK's log lines, on a thread of its own. Null: they are kept only to explain a failed start.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>The arguments for rte_eal_init, without the program's name.</summary>
    /// <param name="allowedCores">CPUs that the process may run on.</param>
    internal List<string> ToArguments(IReadOnlyList<int> allowedCores)
    {
        // One lcore over all allowed CPUs: DPDK launches no thread of its own and pins none. Workers register themselves.
        var prefix = FilePrefix ?? string.Create(CultureInfo.InvariantCulture, $"{ProgramName}-{Environment.ProcessId}");
        var arguments = new List<string> { $"--lcores=0@({string.Join(',', allowedCores)})", $"--file-prefix={prefix}" };
        if (InMemory)
        {
            // --no-huge excludes --in-memory; without hugepages and shared configuration there are no files either.
            arguments.AddRange([HugePages ? "--in-memory" : "--no-shconf", "--no-telemetry"]);
        }

        if (!HugePages)
        {
            arguments.Add("--no-huge");
        }

        if (MemoryMegabytes > 0)
        {
            arguments.AddRange(["-m", MemoryMegabytes.ToString(CultureInfo.InvariantCulture)]);
        }

        if (PciDevices.Count == 0)
        {
            arguments.Add("--no-pci");
        }

        foreach (var device in PciDevices)
        {
            arguments.AddRange(["-a", device]);
        }

        foreach (var device in VirtualDevices)
        {
            arguments.Add($"--vdev={device}");
        }

        arguments.AddRange(ExtraArguments);
        return arguments;
    }
}
