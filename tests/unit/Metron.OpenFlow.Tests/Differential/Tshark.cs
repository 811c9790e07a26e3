using System.Buffers.Binary;
using System.Globalization;
using Metron.OpenFlow.Tests.OpenVSwitch;

namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Lets one process of tshark dissect many messages, each in a TCP segment of its own.</summary>
internal static class Tshark
{
    /// <summary>Longest message that fits an IPv4 packet behind its headers.</summary>
    public const int LongestMessage = 65535 - HeadersLength;

    private const int HeadersLength = 40;
    private const char Separator = '|';
    private const char Aggregator = '~';
    private const uint ExpertWarning = 0x00600000;

    // "Not dissected yet" says something of tshark, and nothing of the message.
    private const uint ExpertUndecoded = 0x05000000;

    /// <summary>Why tests with tshark cannot run here; null when they can.</summary>
    public static string? Missing { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "tshark")))
            ? null
            : "needs Debian's package tshark";

    /// <summary>What tshark says of a message.</summary>
    /// <param name="Complaints">Warnings and errors of its dissectors, "Malformed" among them.</param>
    /// <param name="Fields">Values of the fields asked for, if the message has them; of several the first.</param>
    public sealed record Dissection(string Complaints, IReadOnlyDictionary<string, ulong> Fields);

    /// <summary>Dissects messages, in order.</summary>
    /// <param name="messages">Whole messages of any version.</param>
    /// <param name="fields">Names of numeric fields, as <c>tshark -G fields</c> lists them.</param>
    public static IReadOnlyList<Dissection> Dissect(IReadOnlyList<byte[]> messages, IReadOnlyList<string> fields)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, Capture(messages));
            string[] asked = ["_ws.malformed", "_ws.expert.severity", "_ws.expert.group", "_ws.expert.message", .. fields];
            var (output, errors) = OvsTools.Run(
                "tshark",
                ["-n", "-r", file, "-d", "tcp.port==6653,openflow", "-T", "fields", "-E", $"separator={Separator}", "-E", $"aggregator={Aggregator}", .. asked.SelectMany(name => new[] { "-e", name })]);
            var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(lines.Length == messages.Count, $"{lines.Length} lines for {messages.Count} messages: {errors}");
            return [.. lines.Select(line => Read(line.Split(Separator), fields))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Dissection Read(string[] values, IReadOnlyList<string> fields)
    {
        var severities = values[1].Split(Aggregator, StringSplitOptions.RemoveEmptyEntries).Select(Number).ToList();
        var groups = values[2].Split(Aggregator, StringSplitOptions.RemoveEmptyEntries).Select(Number);
        var complaints = severities.Zip(groups, values[3].Split(Aggregator))
            .Where(expert => expert.First >= ExpertWarning && expert.Second != ExpertUndecoded)
            .Select(expert => expert.Third);
        var numbers = fields.Zip(values[4..])
            .Where(field => field.Second.Length > 0)
            .ToDictionary(field => field.First, field => Number(field.Second.Split(Aggregator)[0]));
        return new Dissection(string.Join("; ", [.. values[0].Length > 0 ? ["malformed"] : Array.Empty<string>(), .. complaints]), numbers);
    }

    private static ulong Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A capture file of raw IPv4 packets: one TCP connection per version, since a connection has one.</summary>
    private static byte[] Capture(IReadOnlyList<byte[]> messages)
    {
        const int FileHeader = 24;
        const int PacketHeader = 16;
        const uint RawIp = 101;
        using var capture = new MemoryStream();
        var header = new byte[FileHeader];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b2c3d4);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), 262144);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), RawIp);
        capture.Write(header);
        var sent = new uint[256];
        foreach (var message in messages)
        {
            var packet = new byte[PacketHeader + HeadersLength];
            BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), (uint)(HeadersLength + message.Length));
            BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(12), (uint)(HeadersLength + message.Length));
            WriteHeaders(packet.AsSpan(PacketHeader), message, sent[message[0]]);
            capture.Write(packet);
            capture.Write(message);
            sent[message[0]] += (uint)message.Length;
        }

        return capture.ToArray();
    }

    private static void WriteHeaders(Span<byte> headers, byte[] message, uint sent)
    {
        headers[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(headers[2..], (ushort)(HeadersLength + message.Length));
        headers[8] = 64;
        headers[9] = 6;
        headers[12] = headers[16] = 10;
        headers[15] = 1;
        headers[19] = 2;
        var tcp = headers[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)(40000 + message[0]));
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 6653);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], 1 + sent);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], 1);
        tcp[12] = 0x50;
        tcp[13] = 0x18;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 0xffff);
    }
}

/// <summary>A test with several cases that needs tshark.</summary>
public sealed class TsharkTheoryAttribute : TheoryAttribute
{
    public TsharkTheoryAttribute() => Skip = Tshark.Missing;
}
