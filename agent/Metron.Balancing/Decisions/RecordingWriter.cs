using System.Text.Json;

namespace Metron.Balancing;

/// <summary>Writes a run line by line. Not thread-safe.</summary>
public sealed class RecordingWriter
{
    private readonly TextWriter _output;

    /// <summary>Writes the header.</summary>
    /// <param name="output">Where to; the caller flushes and closes it.</param>
    /// <param name="groups">Number of flow groups.</param>
    /// <param name="workers">The workers as they are at first.</param>
    /// <param name="settings">What the balancer was told.</param>
    public RecordingWriter(TextWriter output, int groups, ReadOnlySpan<BalanceWorker> workers, BalancerSettings settings)
    {
        _output = output;
        var header = new RecordingHeader(RecordingFormat.Name, RecordingFormat.Version, groups, workers.ToArray(), settings);
        WriteLine(JsonSerializer.Serialize(header, RecordingJson.Default.RecordingHeader));
    }

    /// <summary>Writes a tick; with its outcome, where <see cref="DecisionLog.LastEnded"/> is written instead of the newest.</summary>
    public void Write(BalancerDecision decision) => WriteLine(JsonSerializer.Serialize(decision, RecordingJson.Default.BalancerDecision));

    private void WriteLine(string line)
    {
        _output.Write(line);
        _output.Write('\n');
    }
}
