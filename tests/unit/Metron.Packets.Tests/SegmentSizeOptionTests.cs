namespace Metron.Packets.Tests;

public sealed class SegmentSizeOptionTests
{
    [Theory]
    [InlineData("020405b4")]
    [InlineData("01020405b4000000")]
    [InlineData("0402020405b40000")]
    [InlineData("0101020405b40100")]
    public void The_option_is_found_and_written_with_a_right_checksum_at_even_and_odd_places(string options)
    {
        foreach (var isV6 in new[] { false, true })
        {
            var builder = Builder(options, isV6);
            var frame = builder.Build();
            var layout = Layout(frame);
            Assert.True(SegmentSizeOption.TryFind(frame, layout, out var offset, out var size));
            Assert.Equal(1460, size);

            SegmentSizeOption.Write(frame, layout, offset, 1234);

            // The same packet made anew, checksum and all.
            Assert.Equal((builder with { TcpOptions = Convert.FromHexString(options.Replace("05b4", "04d2", StringComparison.Ordinal)) }).Build(), frame);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("01010101")]
    [InlineData("00020405b4000000")] // behind the end of the options
    [InlineData("0700020405b40000")] // behind a malformed one
    [InlineData("02030501")] // of another length
    [InlineData("01010102")] // cut off
    [InlineData("01010204")]
    [InlineData("0928020405b40000")] // inside of one that is too long
    public void No_option_is_found_where_there_is_none(string options)
    {
        var frame = Builder(options, false).Build();
        Assert.False(SegmentSizeOption.TryFind(frame, Layout(frame), out var offset, out var size));
        Assert.Equal((0, 0), (offset, size));
    }

    [Fact]
    public void A_frame_cut_anywhere_is_read_within_its_bounds()
    {
        var frame = Builder("01020405b4000000", false).Build();
        var layout = Layout(frame);
        for (var length = layout.TransportOffset + 20; length < frame.Length; length++)
        {
            Assert.Equal(length >= layout.TransportOffset + 25, SegmentSizeOption.TryFind(frame.AsSpan(0, length), layout, out _, out _));
        }
    }

    private static FrameBuilder Builder(string options, bool isV6)
    {
        var builder = new FrameBuilder { Protocol = IpProtocol.Tcp, TcpFlags = TcpFlags.Syn, TcpOptions = Convert.FromHexString(options) };
        return isV6 ? builder with { Source = IpAddress.Parse("fd00::5"), Destination = IpAddress.Parse("2001:db8::9") } : builder;
    }

    private static FrameLayout Layout(byte[] frame)
    {
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out _, out var layout));
        return layout;
    }
}
