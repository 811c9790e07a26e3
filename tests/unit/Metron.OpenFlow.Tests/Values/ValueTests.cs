namespace Metron.OpenFlow.Tests.Values;

public sealed class ValueTests
{
    [Fact]
    public void Equal_content_makes_equal_lists()
    {
        EquatableArray<int> left = [1, 2, 3];
        EquatableArray<int> right = [1, 2];
        Assert.True(left == right.Add(3));
        Assert.True(left != right);
        Assert.Equal(left.GetHashCode(), right.Add(3).GetHashCode());
        Assert.Equal(default, Array.Empty<int>().ToEquatableArray());
        Assert.Equal("[1, 2]", right.ToString());
        Assert.Equal("0aff", new byte[] { 0x0a, 0xff }.ToEquatableArray().ToString());
        Assert.Equal(6, left.Sum());
    }

    [Theory]
    [InlineData("02:00:00:00:00:0a", 0x02000000000aUL)]
    [InlineData("FF-ff-ff-ff-ff-ff", 0xffffffffffffUL)]
    public void A_hardware_address_is_read(string text, ulong value)
    {
        Assert.Equal(value, HardwareAddress.Parse(text).Value);
        Assert.Equal(text.Replace('-', ':'), HardwareAddress.Parse(text).ToString(), ignoreCase: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("02:00:00:00:00")]
    [InlineData("02:00:00:00:00:00:00")]
    [InlineData("02:00:00:00:00:1ff")]
    [InlineData("02:00:00:00:00:")]
    [InlineData("02:00:00:00:00:+1")]
    public void Another_text_is_no_hardware_address(string text) => Assert.Throws<FormatException>(() => HardwareAddress.Parse(text));

    [Fact]
    public void A_set_of_versions_is_a_bitmap()
    {
        Assert.Equal(0x72U, VersionSet.Spoken.Bits);
        Assert.Equal(0x70U, VersionSet.Default.Bits);
        Assert.Equal(OpenFlowVersion.OpenFlow15, VersionSet.Spoken.Highest);
        Assert.Equal("{1.0, 1.3, 1.4, 1.5}", VersionSet.Spoken.ToString());
        Assert.Equal("{0x00, 1.0, 0x1f}", new VersionSet(0x80000003).ToString());
        Assert.True(VersionSet.Spoken.Contains(OpenFlowVersion.OpenFlow13));
        Assert.False(VersionSet.Spoken.Contains((OpenFlowVersion)36));
        Assert.Equal(VersionSet.Of(OpenFlowVersion.OpenFlow13), VersionSet.Default.UpTo(OpenFlowVersion.OpenFlow13));
        Assert.Equal(VersionSet.Default, VersionSet.FromBitmap([0, 0, 0, 0x70, 0xff, 0xff, 0xff, 0xff]));
        Assert.True(VersionSet.FromBitmap([1, 2, 3]).IsEmpty);
    }

    [Fact]
    public void Options_refuse_versions_that_are_not_spoken()
    {
        var endPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0);
        var connection = new OpenFlowConnectionOptions { Versions = VersionSet.Of(OpenFlowVersion.OpenFlow12, OpenFlowVersion.OpenFlow13) };
        Assert.Throws<ArgumentException>(() => OpenFlowListener.Start(endPoint, new OpenFlowListenerOptions { Connection = connection }));
        Assert.Throws<ArgumentException>(() => new OpenFlowConnector(endPoint, new OpenFlowConnectorOptions { Connection = connection with { Versions = default } }));
    }

    [Theory]
    [InlineData(5, 0, "5s")]
    [InlineData(5, 600_000_000, "5.6s")]
    [InlineData(0, 1, "0.000000001s")]
    public void An_age_is_written_in_seconds(uint seconds, uint nanoseconds, string text) =>
        Assert.Equal(text, new FlowAge(seconds, nanoseconds).ToString());

    [Fact]
    public void What_a_peer_says_stays_on_one_line()
    {
        var reply = new DescriptionReply { Manufacturer = "evil\r\n\u001b[2Jname" };
        Assert.DoesNotContain(reply.ToString(), char.IsControl);
        Assert.DoesNotContain(new PortDescription { Name = "a\nb" }.ToString(), char.IsControl);
        Assert.DoesNotContain(new ErrorMessage(OpenFlowErrorCode.HelloIncompatible, [.. "a\nb"u8]).ToString(), char.IsControl);
    }
}
