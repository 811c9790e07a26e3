using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Metron.Bench.Processes;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Sockets;

#pragma warning disable RS0030 // The pauses of a millisecond pace two loops that poll; nothing waits by them.

namespace Metron.Bench.OpenFlow;

/// <summary>Numbered packets through a switch that hit many of its rules; what does not arrive is counted. Needs root.</summary>
internal sealed class RuleTraffic : IDisposable
{
    private const int FrameBytes = 64;
    private const int NumberOffset = 42;
    private const int PacketsPerSecond = 12_500;
    private const int Sources = 1_000;
    private const int PacketsAround = PacketsPerSecond * 3 / 10;

    /// <summary>Packets in a row at most: 4 ms of them. What this process could not send in time is left out, as a burst would fill the switch's buffers by itself.</summary>
    private const int MostInARow = PacketsPerSecond * 4 / 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"mbr{Environment.ProcessId % 100_000}");
    private readonly PacketSender _sender;
    private readonly PacketRing _receiver;
    private readonly int _step;
    private int _arrivals;

    /// <summary>Makes the interfaces and gives them to a switch as ports 1 and 2.</summary>
    /// <param name="target">A switch whose datapath forwards packets.</param>
    /// <param name="rules">Packets come from 1,000 sources that are spread over the first so many rules of <see cref="BenchRules"/>.</param>
    /// <exception cref="BenchmarkException">This process may not make interfaces.</exception>
    public RuleTraffic(RuleSwitch target, int rules)
    {
        _step = rules / Sources;
        try
        {
            foreach (var (own, other) in new[] { (Name('a'), Name('b')), (Name('c'), Name('d')) })
            {
                ChildProcess.Run(["ip", "link", "add", own, "type", "veth", "peer", "name", other]);
                foreach (var device in new[] { own, other })
                {
                    File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/disable_ipv6", "1");
                    ChildProcess.Run(["ip", "link", "set", device, "up"]);
                    ChildProcess.Run(["ethtool", "-K", device, "tx", "off", "rx", "off"]);
                }
            }

            target.AddPort(Name('b'), 1);
            target.AddPort(Name('c'), 2);
            _sender = PacketSender.Create(NetworkLink.Find(Name('a')));
            _receiver = PacketRing.Create(NetworkLink.Find(Name('d')), PacketRingOptions.Usual);
            _receiver.ReceiveAll();
            _receiver.Open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sends packets while something is done, and a little before and after it.</summary>
    /// <returns>Packets sent, and how many of them did not arrive.</returns>
    public (int Sent, int Lost) During(Action work)
    {
        var stop = false;
        var sent = 0;
        var arrived = new HashSet<int>();
        var sending = new Thread(() => sent = Send(() => Volatile.Read(ref stop)));
        var receiving = new Thread(() => Receive(arrived, () => Volatile.Read(ref stop) && !sending.IsAlive));
        sending.Start();
        receiving.Start();
        try
        {
            WaitForArrivals();
            work();
            WaitForArrivals();
        }
        finally
        {
            Volatile.Write(ref stop, true);
            sending.Join();
            receiving.Join();
        }

        return (sent, sent - arrived.Count);
    }

    /// <summary>Packets that came to the switch's interface so far.</summary>
    public long CountAtSwitch() =>
        long.Parse(File.ReadAllText($"/sys/class/net/{Name('b')}/statistics/rx_packets"), CultureInfo.InvariantCulture);

    /// <summary>Waits until some more packets have arrived: traffic flows.</summary>
    private void WaitForArrivals()
    {
        var enough = Volatile.Read(ref _arrivals) + PacketsAround;
        if (!SpinWait.SpinUntil(() => Volatile.Read(ref _arrivals) >= enough, Patience))
        {
            throw new BenchmarkException("packets do not arrive at the receiver");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sender?.Dispose();
        _receiver?.Dispose();
        foreach (var own in new[] { Name('a'), Name('c') })
        {
            if (Directory.Exists($"/sys/class/net/{own}"))
            {
                ChildProcess.Run(["ip", "link", "del", own]);
            }
        }
    }

    private string Name(char end) => _name + end;

    private unsafe int Send(Func<bool> isOver)
    {
        var bytes = new byte[FrameBytes];
        Fill(bytes);
        var clock = Stopwatch.StartNew();
        var sent = 0;
        var leftOut = 0;
        fixed (byte* memory = bytes)
        {
            while (!isOver())
            {
                var due = (int)(clock.Elapsed.TotalSeconds * PacketsPerSecond) - leftOut;
                leftOut += Math.Max(0, due - sent - MostInARow);
                due = Math.Min(due, sent + MostInARow);
                while (sent < due)
                {
                    BenchRules.Source(sent % Sources * _step).GetAddressBytes().CopyTo(bytes, 26);
                    BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(NumberOffset), sent);
                    sent += _sender.Send([new FrameMemory((nint)memory, FrameBytes)]);
                }

                Thread.Sleep(1);
            }
        }

        return sent;
    }

    private void Receive(HashSet<int> arrived, Func<bool> isOver)
    {
        var last = Stopwatch.StartNew();
        while (!isOver() || last.ElapsedMilliseconds < 500)
        {
            while (_receiver.TryTake(out var frame))
            {
                if (frame.Bytes.Length >= NumberOffset + 4 && BinaryPrimitives.ReadUInt16BigEndian(frame.Bytes[36..]) == 4789)
                {
                    arrived.Add(BinaryPrimitives.ReadInt32BigEndian(frame.Bytes[NumberOffset..]));
                    Volatile.Write(ref _arrivals, _arrivals + 1);
                    last.Restart();
                }
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Ethernet, IPv4, UDP to port 4789; the source address and the number change.</summary>
    private static void Fill(Span<byte> frame)
    {
        Convert.FromHexString("020000000002" + "020000000001" + "0800" + "4500003200000000401100000a000000c6120001" + "1f9012b5001e0000").CopyTo(frame);
    }
}
