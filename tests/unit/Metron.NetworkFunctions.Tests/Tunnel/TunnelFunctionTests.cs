using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Tunnel;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.Tunnel;

public sealed class TunnelFunctionTests
{
    private const int Inside = 0;
    private const int Outside = 1;
    private static readonly Dictionary<string, (byte[] Plain, byte[] Wrapped)> Vectors = Read("tunnels.txt");

    public static TheoryData<string> Names => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_wrapped_packet_equals_the_one_that_scapy_makes(string name)
    {
        var frame = new FrameInBuffer(Vectors[name].Plain);
        Assert.Equal(Verdict.ForwardOnce(Outside, TunnelDeclaration.Encapsulate), frame.Show(new TunnelFunction(Of(name)), Inside));
        Assert.Equal(Convert.ToHexString(Vectors[name].Wrapped), Convert.ToHexString(frame.Frame));
        Assert.True(frame.IsNewLink);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_packet_that_scapy_wrapped_is_unwrapped(string name)
    {
        var frame = new FrameInBuffer(Vectors[name].Wrapped);
        Assert.Equal(Verdict.ForwardOnce(Inside, TunnelDeclaration.Decapsulate), frame.Show(new TunnelFunction(Backwards(Of(name))), Outside));
        Assert.Equal(Convert.ToHexString(Vectors[name].Plain), Convert.ToHexString(frame.Frame));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_wrapped_packet_cut_or_changed_anywhere_is_never_read_beyond_its_end(string name)
    {
        var wrapped = Vectors[name].Wrapped;
        var function = new TunnelFunction(Backwards(Of(name)));
        for (var length = 14; length < wrapped.Length; length++)
        {
            Assert.True(new FrameInBuffer(wrapped[..length], tailroom: 0).Show(function, Outside).IsDrop, $"cut to {length} bytes");
        }

        for (var at = 12; at < wrapped.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = wrapped.ToArray();
                changed[at] ^= (byte)(1 << bit);
                new FrameInBuffer(changed, tailroom: 0).Show(function, Outside);
                new FrameInBuffer(changed).Show(function, Inside);
            }
        }
    }

    [Fact]
    public void Padding_of_the_link_is_not_carried_and_not_taken_for_a_packet()
    {
        var (plain, wrapped) = Vectors["vxlan4-ping4"];
        var frame = new FrameInBuffer([.. plain, 0, 0, 0]);
        frame.Show(new TunnelFunction(Of("vxlan4")), Inside);
        Assert.Equal(wrapped, frame.Frame);

        var back = new FrameInBuffer([.. wrapped, 0, 0, 0]);
        back.Show(new TunnelFunction(Backwards(Of("vxlan4"))), Outside);
        Assert.Equal(plain, back.Frame);
    }

    [Fact]
    public void Without_room_before_the_frame_it_moves_and_without_any_it_is_dropped()
    {
        var (plain, wrapped) = Vectors["vxlan6-tcp6"];
        var moved = new FrameInBuffer(plain, headroom: 0, tailroom: 70);
        Assert.False(moved.Show(new TunnelFunction(Of("vxlan6")), Inside).IsDrop);
        Assert.Equal(wrapped, moved.Frame);

        Assert.Equal(Verdict.Drop(DropReason.TooBig), new FrameInBuffer(plain, headroom: 0, tailroom: 69).Show(new TunnelFunction(Of("vxlan6")), Inside));
    }

    [Fact]
    public void Only_a_hundred_senders_in_a_second_are_told_that_a_packet_is_too_big()
    {
        var plain = Vectors["gre4-tcp6"].Plain;
        var function = new TunnelFunction(Of("gre4") with { Mtu = 60 });
        var told = Enumerable.Range(0, 150).Count(_ => !new FrameInBuffer(plain, now: 5_000).Show(function, Inside).IsDrop);
        Assert.Equal(100, told);
        Assert.False(new FrameInBuffer(plain, now: 6_000).Show(function, Inside).IsDrop);
        Assert.Equal((101, 0), (Report(function, "tooBigErrors"), Report(function, "encapsulated")));
    }

    [Theory]
    [InlineData(false, DropReason.None)]
    [InlineData(true, DropReason.TooBig)]
    public void A_sender_that_allows_fragments_is_not_told(bool mayFragment, DropReason expected)
    {
        var plain = Vectors["gre4-ping4"].Plain.ToArray();
        plain[20] = (byte)(mayFragment ? 0 : 0x40);
        Assert.Equal(expected, new FrameInBuffer(plain).Show(new TunnelFunction(Of("gre4") with { Mtu = 60 }), Inside).Reason);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_packet()
    {
        var (plain, wrapped) = Vectors["vxlan6-tcp6"];
        var (near, far) = (new TunnelFunction(Of("vxlan6")), new TunnelFunction(Backwards(Of("vxlan6"))));
        var buffer = new byte[2048];
        for (var i = 0; i < 2; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            plain.CopyTo(buffer, 256);
            var packet = new FramePacket(buffer, 256, plain.Length, 14, 0);
            near.ProcessFrame(ref packet, Inside);
            var verdict = far.ProcessFrame(ref packet, Outside);
            Assert.True(verdict.Port == Inside && packet.Length == plain.Length && wrapped.Length > plain.Length);
            Assert.True(i == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }
    }

    private static TunnelConfiguration Of(string name)
    {
        var isV6 = name.Split('-')[0].EndsWith('6');
        return new TunnelConfiguration("tunnel")
        {
            Protocol = name.StartsWith("vxlan", StringComparison.Ordinal) ? TunnelProtocol.Vxlan : TunnelProtocol.Gre,
            Local = IpAddress.Parse(isV6 ? "2001:db8:aa::1" : "203.0.113.10"),
            Remote = IpAddress.Parse(isV6 ? "2001:db8:bb::2" : "203.0.113.20"),
            NetworkIdentifier = 0x123456,
            Key = name.StartsWith("grekey", StringComparison.Ordinal) ? 0xdeadbeef : null,
        };
    }

    private static TunnelConfiguration Backwards(TunnelConfiguration tunnel) => tunnel with { Local = tunnel.Remote, Remote = tunnel.Local };

    private static long Report(NetworkFunction function, string counter)
    {
        var report = new FunctionReport();
        function.Report(new TestWorker(function), report);
        return report.Counters[counter];
    }

    internal static Dictionary<string, (byte[] Plain, byte[] Wrapped)> Read(string resource)
    {
        using var stream = typeof(TunnelFunctionTests).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => (Convert.FromHexString(parts[1]), Convert.FromHexString(parts[2])));
    }
}
