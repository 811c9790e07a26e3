using System.Globalization;
using System.Text;
using Metron.Import.ClassBench;
using Metron.Import.Syntax;
using Metron.Import.Tests.Support;

namespace Metron.Import.Tests.Filters;

public class ClassBenchTests
{
    [Fact]
    public void A_filter_set_of_several_hundred_lines_decides_like_its_lines()
    {
        var random = new Random(31);
        var (text, filters) = Draw(random, 600);
        var result = ClassBenchImporter.Import(new SourceText("acl1.rules", text), "fw", allow: true);
        Assert.Empty(result.Problems);
        for (var i = 0; i < 3000; i++)
        {
            var packet = PacketWorld.Draw(random);
            Assert.Equal(filters.Exists(filter => filter(packet)), packet.IsAllowedBy(result.Value!));
        }
    }

    [Theory]
    [InlineData("@10.0.0.0/8 0.0.0.0/0 0 : 65535 80 : 80", "not a filter")]
    [InlineData("10.0.0.0/8 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xFF", "not a filter")]
    [InlineData("@10.0.0.0/40 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xFF", "'10.0.0.0/40'")]
    [InlineData("@10.0.0.0/8 0.0.0.0/0 90 : 80 80 : 80 0x06/0xFF", "'90 : 80'")]
    [InlineData("@10.0.0.0/8 0.0.0.0/0 0 : 65535 80 : 80 0x106/0xFF", "'0x106/0xFF'")]
    [InlineData("@10.0.0.0/8 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xFF 0x1000/0x1000", "above 0xFF")]
    [InlineData("@10.0.0.0/8 0.0.0.0/0 0 : 65535 80 : 80 0x01/0xFF", "has none")]
    [InlineData("@10.0.0.0/8 2001:db8::/32 0 : 65535 0 : 65535 0x00/0x00", "contradict")]
    public void A_wrong_line_is_refused_with_its_number(string line, string says)
    {
        var problem = Assert.Single(ClassBenchImporter.Import(new SourceText("f", "# filters\n" + line + "\n"), "fw", allow: true).Problems);
        Assert.Equal(2, problem.Line);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_never_crash()
    {
        Fuzz.Texts(Draw(new Random(6), 60).Text, 300, text => ClassBenchImporter.Import(new SourceText("f", text), "fw", allow: false));
    }

    private static (string Text, List<Func<TestPacket, bool>> Filters) Draw(Random random, int count)
    {
        string[] prefixes = ["10.0.0.0/8", "10.0.0.1/32", "192.0.2.0/24", "192.0.2.128/25", "0.0.0.0/0", "203.0.113.0/28"];
        var text = new StringBuilder();
        List<Func<TestPacket, bool>> filters = [];
        for (var i = 0; i < count; i++)
        {
            var (source, destination) = (IpPrefix.Parse(PacketWorld.Pick(random, prefixes)), IpPrefix.Parse(PacketWorld.Pick(random, prefixes)));
            var protocol = PacketWorld.Pick(random, [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.Gre, (byte)0]);
            var hasPorts = protocol is IpProtocol.Tcp or IpProtocol.Udp || (protocol == 0 && random.Next(3) == 0);
            int one = PacketWorld.Pick(random, PacketWorld.Ports), other = PacketWorld.Pick(random, PacketWorld.Ports);
            var (low, high) = hasPorts ? (Math.Min(one, other), Math.Max(one, other)) : (0, 65535);
            var mask = protocol == 0 ? 0 : 255;
            (int Value, int Mask) flags = protocol == IpProtocol.Tcp && random.Next(3) == 0 ? (2, 0x12) : (0, 0);
            text.Append(CultureInfo.InvariantCulture, $"@{source}\t{destination}\t0 : 65535\t{low} : {high}\t0x{protocol:X2}/0x{mask:X2}\t0x{flags.Value:x4}/0x{flags.Mask:x4}\t\n");
            filters.Add(packet => source.Contains(packet.Source) && destination.Contains(packet.Destination) && (mask == 0 || packet.Protocol == protocol)
                && ((low, high) == (0, 65535) || (packet.HasPorts && packet.DestinationPort >= low && packet.DestinationPort <= high))
                && ((int)packet.Flags & flags.Mask) == flags.Value);
        }

        return (text.ToString(), filters);
    }
}
