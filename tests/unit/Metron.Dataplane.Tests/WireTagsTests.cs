using System.Buffers.Binary;
using Metron.Dataplane.Stepping;
using Metron.Dataplane.Tags;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Dataplane.Tests;

/// <summary>Service tags, MPLS labels and code points, from the wire to workers and back.</summary>
public class WireTagsTests
{
    private static readonly FirewallConfiguration Open = new("fw") { AllowByDefault = true, Stateful = true };

    public static TheoryData<TagKind, bool> Cases
    {
        get
        {
            var cases = new TheoryData<TagKind, bool>();
            foreach (var kind in new[] { TagKind.QinQ, TagKind.Mpls, TagKind.Dscp })
            {
                cases.Add(kind, false);
                cases.Add(kind, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_packet_comes_and_leaves_by_its_tag_and_is_otherwise_as_it_was(TagKind kind, bool isV6)
    {
        using var dataplane = Start(kind, out var program);
        var packet = Packet(isV6);

        // The first packet asks the functions, the second has a flow entry.
        for (var i = 0; i < 2; i++)
        {
            var result = dataplane.Process(0, Put(kind, program.IngressTags[0].Value, packet));
            Assert.Equal(i == 0, result.WasSlow);
            Assert.Equal(Put(kind, program.EgressTags[1].Value, packet), result.Frame);
        }

        var back = dataplane.Process(0, Put(kind, program.IngressTags[1].Value, packet));
        Assert.Equal(Put(kind, program.EgressTags[0].Value, packet), back.Frame);
    }

    [Theory]
    [InlineData(TagKind.QinQ)]
    [InlineData(TagKind.Mpls)]
    [InlineData(TagKind.Dscp)]
    public void A_tag_that_no_program_has_is_unknown_and_so_is_the_id_that_stands_for_one(TagKind kind)
    {
        using var dataplane = Start(kind, out var program);
        var tags = new WireTags();
        var id = tags.Localize(program).IngressTags[0].Value;

        Assert.Equal(DropReason.UnknownTag, dataplane.Process(0, Put(kind, program.IngressTags[0].Value + 7, Packet(false))).Reason);
        if (kind != TagKind.QinQ)
        {
            Assert.Equal(DropReason.UnknownTag, dataplane.Process(0, Put(TagKind.Vlan, id, Packet(false))).Reason);
        }
    }

    [Fact]
    public void A_service_tag_whose_type_a_device_has_lost_is_known_all_the_same()
    {
        using var dataplane = Start(TagKind.QinQ, out var program);

        var sent = dataplane.Process(0, Put(TagKind.Vlan, program.IngressTags[0].Value, Packet(false))).Frame;

        Assert.Equal(Put(TagKind.QinQ, program.EgressTags[1].Value, Packet(false)), sent);
    }

    [Fact]
    public void A_code_point_tag_leaves_ECN_alone_and_functions_see_DSCP_0()
    {
        using var dataplane = Start(TagKind.Dscp, out var program);
        var packet = Put(TagKind.Dscp, program.IngressTags[0].Value, Packet(false));
        packet[15] |= 3;
        Correct(packet);

        var sent = dataplane.Process(0, packet).Frame!;

        Assert.Equal((program.EgressTags[1].Value << 2) | 3, sent[15]);
        Assert.Equal(DropReason.None, FrameParser.Parse(sent, sent.Length, false, out _, out _));
    }

    [Fact]
    public void An_id_means_another_tag_only_when_all_others_have_been_used()
    {
        var tags = new WireTags();
        var first = Ids(tags, 1);
        tags.Release("chain", 1);
        var seen = new HashSet<uint>(first);
        for (var revision = 2; revision <= 1000; revision++)
        {
            foreach (var id in Ids(tags, revision))
            {
                Assert.True(seen.Add(id), $"{id} is given out again");
            }

            tags.Release("chain", revision);
        }
    }

    [Fact]
    public void A_tag_that_comes_again_has_the_id_that_it_had()
    {
        var tags = new WireTags();
        var first = tags.Localize(Program(TagKind.Mpls, 1));
        tags.Release("chain", 1);

        var again = tags.Localize(Program(TagKind.Mpls, 2));

        Assert.Equal(first.IngressTags.Select(tag => tag.Value), again.IngressTags.Select(tag => tag.Value));
        Assert.Equal(TagKind.Vlan, again.TagKind);
    }

    [Fact]
    public void Ids_run_out_with_a_message_and_nothing_is_taken_by_what_was_refused()
    {
        var tags = new WireTags();
        for (uint number = 0; number < 4094; number++)
        {
            tags.Localize(One(TagKind.Mpls, $"c{number}", 16 + number));
        }

        var refused = Assert.Throws<ProgramRejectedException>(() => tags.Localize(One(TagKind.Mpls, "more", 9000)));
        Assert.Equal("no VLAN id is left on this server to stand for another tag by mpls, of which it can have 4094", refused.Message);
        tags.Release("c7", 1);
        Assert.NotNull(tags.Localize(One(TagKind.Mpls, "more", 9000)));
    }

    [Fact]
    public void A_VLAN_id_that_stands_for_another_tag_is_refused_as_a_tag()
    {
        var tags = new WireTags();
        var id = tags.Localize(One(TagKind.Mpls, "labels", 16)).IngressTags[0].Value;

        Assert.Throws<ProgramRejectedException>(() => tags.Localize(One(TagKind.Vlan, "vlans", id)));
        Assert.Equal(5u, tags.Localize(One(TagKind.Vlan, "vlans", 5)).IngressTags[0].Value);
        Assert.Throws<ProgramRejectedException>(() => tags.Localize(One(TagKind.QinQ, "services", 5)));
    }

    private static SteppedDataplane Start(TagKind kind, out ResidualProgram program)
    {
        program = Program(kind, 1);
        var dataplane = new SteppedDataplane(new DataplaneOptions { Workers = [new WorkerOptions()], MaximumFlowsPerWorker = 1024 });
        dataplane.Deploy(program);
        return dataplane;
    }

    /// <summary>A program with tags that its kind can have: 21 and 22 in, 31 and 32 out.</summary>
    private static ResidualProgram Program(TagKind kind, long revision)
    {
        var line = Chains.Line("chain", revision, Open);
        return line with
        {
            TagKind = kind,
            IngressTags = [.. line.IngressTags.Select((tag, index) => tag with { Value = 21 + (uint)index })],
            EgressTags = [.. line.EgressTags.Select((tag, index) => tag with { Value = 31 + (uint)index })],
        };
    }

    private static ResidualProgram One(TagKind kind, string chain, uint value)
    {
        var line = Chains.Line(chain, 1, Open);
        return line with { TagKind = kind, IngressTags = [line.IngressTags[0] with { Value = value }], EgressTags = [] };
    }

    private static List<uint> Ids(WireTags tags, long revision)
    {
        var program = Program(TagKind.Mpls, revision);
        program = program with
        {
            IngressTags = [.. program.IngressTags.Select(tag => tag with { Value = tag.Value + ((uint)revision * 100) })],
            EgressTags = [.. program.EgressTags.Select(tag => tag with { Value = tag.Value + ((uint)revision * 100) })],
        };
        var local = tags.Localize(program);
        return [.. local.IngressTags.Select(tag => tag.Value).Concat(local.EgressTags.Select(tag => tag.Value))];
    }

    /// <summary>An untagged UDP packet, right in all its checksums.</summary>
    private static byte[] Packet(bool isV6) => new FrameBuilder
    {
        Source = IpAddress.Parse(isV6 ? "2001:db8::1" : "10.1.0.2"),
        Destination = IpAddress.Parse(isV6 ? "2001:db8:2::2" : "192.0.2.9"),
    }.Build();

    /// <summary>The packet with a tag as a switch writes it.</summary>
    private static byte[] Put(TagKind kind, uint tag, byte[] packet)
    {
        var isV6 = packet[12] == 0x86;
        switch (kind)
        {
            case TagKind.Vlan or TagKind.QinQ:
                byte[] type = kind == TagKind.Vlan ? [0x81, 0] : [0x88, 0xa8];
                return [.. packet[..12], .. type, (byte)(tag >> 8), (byte)tag, .. packet[12..]];
            case TagKind.Mpls:
                var entry = new byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(entry, ((tag * 4) + (isV6 ? 1u : 0)) << 12 | 0x140);
                return [.. packet[..12], 0x88, 0x47, .. entry, .. packet[14..]];
            default:
                var marked = packet.ToArray();
                var word = BinaryPrimitives.ReadUInt16BigEndian(marked.AsSpan(14));
                BinaryPrimitives.WriteUInt16BigEndian(marked.AsSpan(14), (ushort)(word | tag << (isV6 ? 6 : 2)));
                if (!isV6)
                {
                    Correct(marked);
                }

                return marked;
        }
    }

    private static void Correct(byte[] frame)
    {
        frame.AsSpan(24, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), InternetChecksum.Compute(frame.AsSpan(14, 20)));
    }
}
