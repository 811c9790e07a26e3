using System.Buffers.Binary;

namespace Metron.IntegrationTests.Lab;

/// <summary>Sends frames from hosts of a lab and tells which frames arrived for them at the others.</summary>
internal sealed class Exchange : IAsyncDisposable
{
    private const int MarkLength = 8;
    private static readonly byte[] s_mark = "MTX1"u8.ToArray();

    private readonly LabNetwork _network;
    private readonly string[] _hosts;
    private readonly LabProcess[] _watchers;
    private readonly Dictionary<uint, (int Host, byte[] Frame)> _arrived = [];
    private readonly int[] _read;
    private uint _next = 1;

    private Exchange(LabNetwork network, string[] hosts)
    {
        (_network, _hosts) = (network, hosts);
        _watchers = [.. hosts.Select(host => network.Start(host, Repository.Traffic("exchange.py"), "watch"))];
        _read = new int[hosts.Length];
    }

    /// <summary>Begins to watch hosts.</summary>
    public static async Task<Exchange> StartAsync(LabNetwork network, params string[] hosts)
    {
        var exchange = new Exchange(network, hosts);
        foreach (var watcher in exchange._watchers)
        {
            await watcher.WroteAsync("ready");
        }

        return exchange;
    }

    /// <summary>Puts a mark behind a frame's packet, where no checksum covers it.</summary>
    /// <returns>The marked frame, and the mark's number.</returns>
    public (byte[] Frame, uint Number) Mark(byte[] frame)
    {
        byte[] marked = [.. frame, .. s_mark, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(marked.AsSpan(marked.Length - 4), _next);
        return (marked, _next++);
    }

    /// <summary>A frame without its mark.</summary>
    public static byte[] Unmark(byte[] frame) => frame[..^MarkLength];

    /// <summary>Sends marked frames from one host, one after the other, and waits until those that shall arrive have done so.</summary>
    /// <param name="host">Index of the host.</param>
    /// <param name="frames">The frames. The last ones should be known to arrive: they tell that what was to arrive before them has.</param>
    /// <param name="awaited">Numbers of frames to wait for.</param>
    /// <returns>False when they did not come within seconds: the links have lost them.</returns>
    public async Task<bool> SendAsync(int host, IReadOnlyList<byte[]> frames, IReadOnlyList<uint> awaited)
    {
        var file = Path.Combine(_network.Directory, "frames.hex");
        await File.WriteAllLinesAsync(file, frames.Select(Convert.ToHexStringLower));
        (await _network.RunAsync(_hosts[host], Repository.Traffic("exchange.py"), "send", file)).Succeeded();
        try
        {
            await Eventually.HoldsAsync("the last frames have arrived", () =>
            {
                Collect();
                var missing = awaited.Where(number => !_arrived.ContainsKey(number)).ToList();
                return Task.FromResult(missing.Count == 0 ? null : $"missing: {string.Join(", ", missing)}");
            });
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Where a frame arrived, and how it looked then.</summary>
    public bool TryGet(uint number, out int host, out byte[] frame)
    {
        Collect();
        var found = _arrived.TryGetValue(number, out var arrival);
        (host, frame) = found ? arrival : (-1, []);
        return found;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers)
        {
            await watcher.DisposeAsync();
        }
    }

    private void Collect()
    {
        for (var host = 0; host < _watchers.Length; host++)
        {
            var output = _watchers[host].Output;
            var end = output.LastIndexOf('\n') + 1;
            foreach (var line in output[_read[host]..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Trim() != "ready"))
            {
                var frame = Convert.FromHexString(line.Trim());
                var number = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(frame.Length - 4));
                Assert.True(_arrived.TryAdd(number, (host, frame)), $"frame {number} arrived twice");
            }

            _read[host] = end;
        }
    }
}
