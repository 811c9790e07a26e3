using System.Buffers.Binary;
using Metron.Bench.Processes;
using Metron.Bench.Traces;

namespace Metron.Bench.Dataplane;

/// <summary>The contender "ovs-dpdk": Open vSwitch's userspace datapath with rules that do the same, on the same device, trace and core.</summary>
internal sealed class OpenVSwitchContender : IContender
{
    private const double LeastForwarded = 0.9;

    /// <inheritdoc/>
    public string Name => "ovs-dpdk";

    /// <summary>Whether it can do a case at all: its pool has 262,144 mbufs.</summary>
    public static bool Knows(TracedCase known) => known.Case.SwitchRules is not null && !known.Trace.HasSmallMbufs;

    /// <inheritdoc/>
    public Reading Measure(TracedCase known, IReadOnlyList<string> pcaps, double seconds)
    {
        using var daemon = new SwitchDaemon(PoolSize.Of(known.Trace), known.Case.SwitchRules!(known.Trace));
        daemon.AddPort(Setup.Replay(pcaps));
        return new Reading(Window.Measure(daemon.ProcessId, daemon.ReadReceivedPackets, seconds));
    }

    /// <summary>Sends the trace through once, and says what is wrong with what came out; null when nothing is.</summary>
    public static string? FindMistake(TracedCase known, string pcap, string directory)
    {
        var output = Path.Combine(directory, "ovs-out.pcap");
        var sent = PcapFile.Read(pcap);
        using (var daemon = new SwitchDaemon(PoolSize.Of(known.Trace), known.Case.SwitchRules!(known.Trace)))
        {
            daemon.AddPort($"net_pcap0,rx_pcap={pcap},tx_pcap={output}");
            if (!Polling.Until(() => daemon.ReadReceivedPackets() >= sent.Count * LeastForwarded))
            {
                return $"{daemon.ReadReceivedPackets()} of {sent.Count} packets were received";
            }

            // The file is complete when the device is closed.
            daemon.RemovePort();
        }

        // While the port is being added, packets are lost; and those of a burst leave flow by flow. Their payload begins with their number.
        var received = PcapFile.Read(output).OrderBy(NumberOf).ToList();
        var numbers = received.Select(NumberOf).ToHashSet();
        return received.Count < sent.Count * LeastForwarded ? $"{received.Count} of {sent.Count} packets came out"
            : (known.Case.Expectation with { MaySharePorts = true }).Check([.. sent.Where(frame => numbers.Contains(NumberOf(frame)))], received);
    }

    private static uint NumberOf(byte[] frame) =>
        new ParsedFrame(frame).Payload is { Length: >= sizeof(uint) } payload ? BinaryPrimitives.ReadUInt32BigEndian(payload) : 0;
}
