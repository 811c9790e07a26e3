using Metron.Bench.Nics;
using Metron.Bench.StateSharing;
using Metron.Packets;

namespace Metron.Bench.Tests;

/// <summary>The contenders of the suite state-sharing do the work that they are timed for.</summary>
public sealed class StateSharingTests
{
    private const int Flows = 500;
    private const int Packets = 4096;
    private const uint FirstAddress = 0xc633_6401; // 198.51.100.1

    [Fact]
    public void Workers_with_a_shared_table_translate_a_flow_alike_and_no_two_flows_alike()
    {
        using var table = new NaptTable<Shared>(1 << 14, FirstAddress);
        var outside = Carry([table, table], isSpread: true);
        Assert.All(outside, flow => Assert.Single(flow.Value));
        Assert.Equal(outside.Count, outside.Select(flow => flow.Value.Single()).Distinct().Count());
    }

    [Fact]
    public void Workers_with_tables_of_their_own_see_flows_of_their_own()
    {
        using var left = new NaptTable<Alone>(1 << 14, FirstAddress);
        using var right = new NaptTable<Alone>(1 << 14, FirstAddress + 16);
        var outside = Carry([left, right], isSpread: false);
        Assert.All(outside, flow => Assert.Single(flow.Value));
        Assert.Equal(outside.Count, outside.Select(flow => flow.Value.Single()).Distinct().Count());
        Assert.Equal((ulong)outside.Count * 2, left.Count + right.Count);
    }

    [Fact]
    public void A_full_table_drops_what_it_has_no_room_for()
    {
        using var table = new NaptTable<Alone>(64, FirstAddress);
        using var source = new FrameSource(StateSharingSuite.FramesOf(0, true, Flows, 0, Packets));
        var worker = new NaptWorker<Alone, FramePort>(table, new FramePort(source));
        for (var i = 0; i < Packets / 32; i++)
        {
            worker.Poll();
        }

        Assert.InRange(worker.Dropped, 1UL, (ulong)Packets - 1);
        Assert.Equal((ulong)Packets, worker.Sent + worker.Dropped);
    }

    /// <summary>Two threads carry all frames; returns the outside endpoints of each inside endpoint.</summary>
    private static Dictionary<(IpAddress, ushort, IpAddress), HashSet<(IpAddress, ushort)>> Carry<TSharing>(NaptTable<TSharing>[] tables, bool isSpread)
        where TSharing : struct, ISharing
    {
        var frames = Enumerable.Range(0, 2).Select(worker => StateSharingSuite.FramesOf(worker, isSpread, Flows, 0, Packets)).ToArray();
        var sources = Array.ConvertAll(frames, of => new FrameSource(of));
        var threads = Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            var worker = new NaptWorker<TSharing, FramePort>(tables[i], new FramePort(sources[i]));
            for (var poll = 0; poll < Packets / 32; poll++)
            {
                worker.Poll();
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        var outside = new Dictionary<(IpAddress, ushort, IpAddress), HashSet<(IpAddress, ushort)>>();
        for (var i = 0; i < 2; i++)
        {
            for (var number = 0; number < Packets; number++)
            {
                var (before, after) = (Read(frames[i][number]), Read(sources[i].Read(number)));
                Assert.Equal((before.Destination, before.DestinationPort, before.TimeToLive - 1), (after.Destination, after.DestinationPort, after.TimeToLive));
                Assert.InRange((int)after.SourcePort, 1024, 65535);
                var inside = (before.Source, before.SourcePort, before.Destination);
                outside.TryAdd(inside, []);
                outside[inside].Add((after.Source, after.SourcePort));
            }

            sources[i].Dispose();
        }

        return outside;
    }

    /// <summary>Headers of a frame, which must be right in all its checksums.</summary>
    private static PacketHeaders Read(byte[] frame)
    {
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var headers, out var layout));
        var segment = frame[layout.TransportOffset..];
        var checksum = segment[6..8];
        segment.AsSpan(6, 2).Clear();
        var expected = InternetChecksum.Compute(headers.Source, headers.Destination, headers.Protocol, segment);
        // A checksum of 0 is sent as ffff (RFC 768).
        Assert.Equal(expected == 0 ? (ushort)0xffff : expected, (ushort)(checksum[0] << 8 | checksum[1]));
        return headers;
    }
}
