using System.Runtime.InteropServices;
using System.Text;
using Metron.Dpdk.Native;
using Microsoft.Win32.SafeHandles;

namespace Metron.Dpdk;

/// <summary>
/// Takes DPDK's log off stderr: DPDK writes into a pipe, a thread reads lines from it. The pipe never blocks DPDK; when nobody reads fast
/// enough, lines are lost.
/// </summary>
internal sealed unsafe class EalLog
{
    private const int KeptLines = 12;

    private readonly nint _stream;
    private readonly Thread _reader;
    private readonly Queue<string> _last = [];
    private bool _closed;

    private EalLog(nint stream, SafeFileHandle readEnd, Action<string>? receiver)
    {
        _stream = stream;
        _reader = new Thread(() => Read(readEnd, receiver)) { IsBackground = true, Name = "dpdk-log" };
        _reader.Start();
    }

    /// <summary>Opens the pipe and makes it DPDK's log.</summary>
    public static EalLog Open(Action<string>? receiver)
    {
        var ends = stackalloc int[2];
        if (LibcNative.CreatePipe(ends, LibcNative.CloseOnExec) != 0)
        {
            throw new DpdkException("cannot make a pipe for DPDK's log", Marshal.GetLastPInvokeError());
        }

        _ = LibcNative.ControlFile(ends[1], LibcNative.SetFlags, LibcNative.NonBlocking);
        var stream = LibcNative.OpenStream(ends[1], "w");
        _ = LibcNative.SetBuffer(stream, 0, LibcNative.LineBuffered, 4096);
        _ = EalNative.OpenLogStream(stream);
        return new EalLog(stream, new SafeFileHandle(ends[0], ownsHandle: true), receiver);
    }

    /// <summary>Gives DPDK its own log back, and returns the last lines.</summary>
    public IReadOnlyList<string> Close()
    {
        if (!_closed)
        {
            _closed = true;
            _ = EalNative.OpenLogStream(0);
            _ = LibcNative.CloseStream(_stream);
            _reader.Join();
        }

        lock (_last)
        {
            return [.. _last];
        }
    }

    private void Read(SafeFileHandle readEnd, Action<string>? receiver)
    {
        using var lines = new StreamReader(new FileStream(readEnd, FileAccess.Read, bufferSize: 0), Encoding.UTF8);
        while (lines.ReadLine() is { } line)
        {
            lock (_last)
            {
                _last.Enqueue(line);
                if (_last.Count > KeptLines)
                {
                    _last.Dequeue();
                }
            }

            receiver?.Invoke(line);
        }
    }
}
