using System.Text.Json;

namespace Metron.Balancing;

/// <summary>Reads what <see cref="RecordingWriter"/> wrote.</summary>
public static class RecordingReader
{
    /// <summary>Reads a whole recording; empty lines are skipped.</summary>
    /// <param name="input">Where from.</param>
    /// <exception cref="RecordingException">A line is wrong; what was read before is with it.</exception>
    public static Recording Read(TextReader input)
    {
        RecordingHeader? header = null;
        var ticks = new List<BalancerDecision>();
        for (var line = 1; input.ReadLine() is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            try
            {
                if (header is null)
                {
                    header = ReadHeader(text);
                }
                else
                {
                    ticks.Add(ReadTick(text, header, ticks.Count == 0 ? 0 : ticks[^1].Number));
                }
            }
            catch (Exception wrong) when (wrong is JsonException or FormatException)
            {
                throw new RecordingException(line, Reason(wrong), header is null ? null : new Recording(header, ticks));
            }
        }

        return header is null
            ? throw new RecordingException(1, "the recording is empty", null)
            : new Recording(header, ticks);
    }

    private static string Reason(Exception wrong) => wrong is not JsonException json ? wrong.Message
        : json.Message.Contains("end of data", StringComparison.Ordinal) || json.Message.Contains("end of the data", StringComparison.Ordinal)
            || json.Message.Contains("is an invalid end", StringComparison.Ordinal) || json.Message.Contains("reached end", StringComparison.Ordinal)
            ? $"ends in the middle: {json.Message}"
            : json.Message;

    private static RecordingHeader ReadHeader(string text)
    {
        using (var document = JsonDocument.Parse(text))
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != RecordingFormat.Name)
            {
                throw new FormatException($"not a recording of the balancer: \"format\" must be \"{RecordingFormat.Name}\"");
            }

            if (!document.RootElement.TryGetProperty("version", out var version) || !version.TryGetInt32(out var number) || number != RecordingFormat.Version)
            {
                throw new FormatException($"version {(version.ValueKind == JsonValueKind.Undefined ? "missing" : version.GetRawText())} is not known; this reads version {RecordingFormat.Version}");
            }
        }

        var header = JsonSerializer.Deserialize(text, RecordingJson.Default.RecordingHeader)!;
        if (header.Groups is < 1 or > 1 << 16 || header.Workers.Length is < 1 or > 1 << 16)
        {
            throw new FormatException($"{header.Groups} flow groups and {header.Workers.Length} workers; there must be 1 to 65,536 of each");
        }

        ThrowIfWrong(header.Workers);
        return header;
    }

    private static void ThrowIfWrong(BalanceWorker[] workers)
    {
        if (Array.FindIndex(workers, worker => !(worker.Capacity > 0 && double.IsFinite(worker.Capacity))) is >= 0 and var wrong)
        {
            throw new FormatException($"worker {wrong}: capacity {workers[wrong].Capacity} must be above 0");
        }
    }

    private static BalancerDecision ReadTick(string text, RecordingHeader header, long last)
    {
        var tick = JsonSerializer.Deserialize(text, RecordingJson.Default.BalancerDecision) ?? throw new FormatException("a tick is expected, not null");
        var sample = tick.Sample;
        if (sample.Groups.Length != header.Groups || sample.Owners.Length != header.Groups)
        {
            throw new FormatException($"{sample.Groups.Length} loads and {sample.Owners.Length} owners; the header says {header.Groups} flow groups");
        }

        if (sample.Bases.Length != header.Workers.Length || sample.Health.Length != header.Workers.Length || tick.Workers.Length != header.Workers.Length)
        {
            throw new FormatException($"{sample.Bases.Length} base loads, {sample.Health.Length} healths and {tick.Workers.Length} workers; the header says {header.Workers.Length}");
        }

        ThrowIfWrong(tick.Workers);
        if (Array.FindIndex(tick.Parked, parked => parked < 0 || parked >= header.Workers.Length) is >= 0 and var unknown)
        {
            throw new FormatException($"worker {tick.Parked[unknown]} is parked, but does not exist");
        }

        if (Array.FindIndex(sample.Groups, load => !(load >= 0 && double.IsFinite(load))) is >= 0 and var group)
        {
            throw new FormatException($"flow group {group}: load {sample.Groups[group]} must be at least 0");
        }

        if (Array.FindIndex(sample.Bases, load => !(load >= 0 && double.IsFinite(load))) is >= 0 and var worker)
        {
            throw new FormatException($"worker {worker}: base load {sample.Bases[worker]} must be at least 0");
        }

        if (Array.FindIndex(sample.Owners, owner => owner >= header.Workers.Length) is >= 0 and var lost)
        {
            throw new FormatException($"flow group {lost}: owner {sample.Owners[lost]} does not exist");
        }

        return !(sample.Seconds > 0 && double.IsFinite(sample.Seconds)) ? throw new FormatException($"an interval of {sample.Seconds} seconds must be above 0")
            : tick.Number <= last ? throw new FormatException($"tick {tick.Number} follows tick {last}")
            : tick;
    }
}
