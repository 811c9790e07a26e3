namespace Metron.GuestProbe;

/// <summary>The serial line to the host.</summary>
internal sealed class ControlLine : IDisposable
{
    private readonly FileStream _in;
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    /// <param name="device">"/dev/ttyS1".</param>
    public ControlLine(string device)
    {
        _in = new FileStream(device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        _reader = new StreamReader(_in);
        _writer = new StreamWriter(new FileStream(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)) { AutoFlush = true };
    }

    /// <summary>The words of the next command; null at the end.</summary>
    public string[]? Next() => _reader.ReadLine()?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Answers with lines, and says that they are all.</summary>
    public void Say(params IEnumerable<string> lines) => _writer.Write(string.Concat(lines.Select(line => line + "\n")) + "end\n");

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }
}
