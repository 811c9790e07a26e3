using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Metron.Cli.Output;
using Metron.Orchestration;

namespace Metron.Cli.Run;

/// <summary>What a capture came to: packets by verdict and traffic class, the first differences, and, when wanted, every packet.</summary>
/// <param name="plan">The chain's plan, which knows the classes.</param>
/// <param name="keepsPackets">Whether every packet is told.</param>
internal sealed class RunSummary(ChainPlan plan, bool keepsPackets)
{
    private const int MostDifferences = 10;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private readonly Dictionary<Group, Count> _groups = [];
    private readonly List<PacketVerdict> _packets = [];
    private readonly List<PacketVerdict> _first = [];
    private int _total;

    /// <summary>Packets whose treatment differs from the chain as written.</summary>
    public int Differences { get; private set; }

    /// <summary>Counts a packet.</summary>
    public void Add(PacketVerdict packet)
    {
        _total++;
        var group = new Group(packet.Ingress, packet.Text, packet.Egress.Length > 0 ? "" : packet.DecidedBy, packet.ClassId);
        var count = _groups.GetValueOrDefault(group, new Count(0, 0));
        _groups[group] = new Count(count.Packets + 1, count.Bytes + packet.Bytes);
        if (keepsPackets)
        {
            _packets.Add(packet with { Frame = null });
        }

        if (packet.Difference is not null && ++Differences <= MostDifferences)
        {
            _first.Add(packet);
        }
    }

    /// <summary>For people.</summary>
    public string ToText(RunMode mode, CaptureRun run)
    {
        var report = new Report().Field("Chain", plan.Spec.Name).Field("Packets", Text.Number(_total));
        if (run.CutOff > 0)
        {
            report.Field("Cut off", $"{run.CutOff}, not carried: the capture holds only their beginning");
        }

        if (run.Elsewhere > 0)
        {
            report.Field("Elsewhere", $"{run.Elsewhere}, not carried: their interface leads to no endpoint");
        }

        if (mode == RunMode.Compare)
        {
            report.Field("Differences", Text.Number(Differences));
        }

        var verdicts = new Table("PACKETS", "BYTES", "FROM", "VERDICT", "BY", "CLASS");
        foreach (var (group, count) in Ordered())
        {
            verdicts.Add(Text.Number(count.Packets), Number(count.Bytes), group.Ingress, group.Verdict, group.DecidedBy, ClassText(group.ClassId));
        }

        report.Section("Verdicts", verdicts);
        if (keepsPackets)
        {
            report.Section("Every packet", PacketTable());
        }

        return _first.Count == 0 ? report.ToString()
            : report.Section("First differences", _first.Select(packet => $"packet {packet.Number}: {packet.Difference}")).ToString();
    }

    /// <summary>For programs.</summary>
    public string ToJson(RunMode mode, CaptureRun run)
    {
        var json = new JsonObject
        {
            ["chain"] = plan.Spec.Name,
            ["packets"] = _total,
            ["cutOff"] = run.CutOff,
            ["elsewhere"] = run.Elsewhere,
            ["verdicts"] = new JsonArray(
            [
                .. Ordered().Select(pair => new JsonObject
                {
                    ["packets"] = pair.Value.Packets,
                    ["bytes"] = pair.Value.Bytes,
                    ["ingress"] = pair.Key.Ingress,
                    ["verdict"] = pair.Key.Verdict,
                    ["decidedBy"] = pair.Key.DecidedBy,
                    ["class"] = pair.Key.ClassId,
                    ["path"] = ClassText(pair.Key.ClassId),
                }),
            ]),
        };
        if (mode == RunMode.Compare)
        {
            json["differences"] = Differences;
            json["firstDifferences"] = new JsonArray(
                [.. _first.Select(packet => new JsonObject { ["packet"] = packet.Number, ["difference"] = packet.Difference })]);
        }

        if (keepsPackets)
        {
            json["everyPacket"] = new JsonArray([.. _packets.Select(PacketJson)]);
        }

        return json.ToJsonString(Indented) + "\n";
    }

    private IEnumerable<KeyValuePair<Group, Count>> Ordered() =>
        _groups.OrderByDescending(pair => pair.Value.Packets).ThenBy(pair => pair.Key.ToString(), StringComparer.Ordinal);

    private Table PacketTable()
    {
        var table = new Table("NUMBER", "SECONDS", "FROM", "VERDICT", "BY", "CLASS");
        foreach (var packet in _packets)
        {
            table.Add(
                Text.Number(packet.Number),
                Seconds(packet.Nanoseconds),
                packet.Ingress,
                packet.Text,
                packet.DecidedBy,
                packet.ClassId == 0 ? "" : Text.Number(packet.ClassId));
        }

        return table;
    }

    private static JsonObject PacketJson(PacketVerdict packet) => new()
    {
        ["number"] = packet.Number,
        ["seconds"] = packet.Nanoseconds / 1e9,
        ["ingress"] = packet.Ingress,
        ["egress"] = packet.Egress.Length > 0 ? packet.Egress : null,
        ["dropReason"] = packet.DropReason.Length > 0 ? packet.DropReason : null,
        ["decidedBy"] = packet.DecidedBy,
        ["class"] = packet.ClassId,
    };

    private string ClassText(int id) =>
        plan.Classes.FirstOrDefault(planned => planned.Id == id) is { } known ? string.Join(" | ", known.Path) : "";

    private static string Seconds(long nanoseconds) => (nanoseconds / 1e9).ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Group(string Ingress, string Verdict, string DecidedBy, int ClassId);

    private readonly record struct Count(int Packets, long Bytes);
}
