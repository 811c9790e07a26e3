using System.Buffers.Binary;
using Xunit;

namespace Metron.Dpdk.Tests;

[Collection(DpdkCollection.Name)]
public sealed class PcapDeviceTests(DpdkFixture dpdk)
{
    [Fact]
    public void Frames_of_a_file_are_received_whole_and_written_to_another()
    {
        var directory = Directory.CreateTempSubdirectory("metron-dpdk-tests-").FullName;
        var input = Path.Combine(directory, "in.pcap");
        var output = Path.Combine(directory, "out.pcap");
        byte[][] frames = [.. Enumerable.Range(0, 50).Select(number => Frame(60 + (number * 7), number))];
        WritePcap(input, frames);

        using (var pool = dpdk.CreatePool())
        using (var device = EthernetDevice.Probe($"{dpdk.Name("net_pcap")},rx_pcap={input},tx_pcap={output}"))
        {
            device.Configure(new DeviceConfiguration(pool));
            device.Start();
            Forward(device);
            Assert.Equal(50ul, device.ReadStatistics().SentPackets);
            Assert.Equal((ulong)frames.Sum(frame => frame.Length), device.ReadStatistics().ReceivedBytes);
        }

        Assert.Equal(frames, ReadPcap(output));
        Directory.Delete(directory, recursive: true);
    }

    private static void Forward(EthernetDevice device)
    {
        var receive = device.GetReceiveQueue(0);
        var transmit = device.GetTransmitQueue(0);
        Span<Mbuf> burst = stackalloc Mbuf[32];
        for (var received = receive.Receive(burst); received > 0; received = receive.Receive(burst))
        {
            Assert.Equal(received, transmit.Send(burst[..received]));
        }
    }

    private static byte[] Frame(int length, int number)
    {
        var frame = new byte[length];
        new Random(number).NextBytes(frame);
        return frame;
    }

    // https://www.tcpdump.org/manpages/pcap-savefile.5.html
    private static void WritePcap(string path, byte[][] frames)
    {
        using var file = File.Create(path);
        Span<byte> header = stackalloc byte[24];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b2c3d4);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 65535);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 1);
        file.Write(header);
        foreach (var frame in frames)
        {
            var record = new byte[16];
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), frame.Length);
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(12), frame.Length);
            file.Write(record);
            file.Write(frame);
        }
    }

    private static List<byte[]> ReadPcap(string path)
    {
        var bytes = File.ReadAllBytes(path).AsSpan(24);
        var frames = new List<byte[]>();
        while (!bytes.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
            frames.Add(bytes.Slice(16, length).ToArray());
            bytes = bytes[(16 + length)..];
        }

        return frames;
    }
}
