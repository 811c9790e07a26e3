using System.Text;
using Metron.Balancing;

namespace Metron.Agent.Balancing;

/// <summary>
/// Writes ticks to a file, each with its outcome, for <c>metronctl replay</c>. When the file has grown to its limit it is renamed to FILE.1 and begun anew.
/// A file that cannot be written ends the recording, not the balancer.
/// </summary>
internal sealed class TickRecorder : IDisposable
{
    private readonly string _file;
    private readonly long _limit;
    private readonly int _groups;
    private readonly BalancerSettings _settings;
    private StreamWriter _output;
    private RecordingWriter _writer;
    private long _written;

    /// <param name="file">Path; an older file of the name becomes FILE.1.</param>
    /// <param name="limit">Bytes at which it begins anew.</param>
    /// <param name="groups">Number of flow groups.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="settings">What the balancer was told.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public TickRecorder(string file, long limit, int groups, ReadOnlySpan<BalanceWorker> workers, BalancerSettings settings)
    {
        (_file, _limit, _groups, _settings) = (file, limit, groups, settings);
        (_output, _writer) = Begin(workers);
    }

    /// <summary>Writes a tick that has an outcome; one that was written already is passed over.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(BalancerDecision ended, ReadOnlySpan<BalanceWorker> workers)
    {
        if (ended.Number <= _written)
        {
            return;
        }

        if (_output.BaseStream.Position >= _limit)
        {
            _output.Dispose();
            (_output, _writer) = Begin(workers);
        }

        _writer.Write(ended);
        _output.Flush();
        _written = ended.Number;
    }

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    private (StreamWriter Output, RecordingWriter Writer) Begin(ReadOnlySpan<BalanceWorker> workers)
    {
        if (File.Exists(_file))
        {
            File.Move(_file, $"{_file}.1", overwrite: true);
        }

        var output = new StreamWriter(_file, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var writer = new RecordingWriter(output, _groups, workers, _settings);
        output.Flush();
        return (output, writer);
    }
}
