using Metron.OpenFlow;

namespace Metron.VirtualSwitch.Tests;

/// <summary>Faults in the greeting: what the library says of each, and that it works with the switch where that can be done.</summary>
public sealed class GreetingFaultTests : IAsyncLifetime
{
    private FaultyBesideHonest _world = null!;

    public async Task InitializeAsync() => _world = await FaultyBesideHonest.OpenAsync();

    public async Task DisposeAsync()
    {
        await _world.AssertHonestUnaffectedAsync();
        await _world.DisposeAsync();
    }

    [Theory]
    [InlineData("05000010000000010000000800000030", "HELLO body not per specification (offset 8, type 0, length 8); continuing with header version 1.4")]
    [InlineData("0400000c0000000100000010", "HELLO body not per specification (offset 8, type 0, length 16); continuing with header version 1.3")]
    [InlineData("04000010000000010001000000000010", "HELLO body not per specification (offset 8, type 1, length 0); continuing with header version 1.3")]
    [InlineData("04000010000000010001000300000010", "HELLO body not per specification (offset 8, type 1, length 3); continuing with header version 1.3")]
    [InlineData("05000010000000010001000c00000030", "HELLO body not per specification (offset 8, type 1, length 12); continuing with header version 1.4")]
    [InlineData("0500001400000001deadbeefcafebabe12345678", "HELLO body not per specification (offset 8, type 57005, length 48879); continuing with header version 1.4")]
    [InlineData("05000010000000010001000800000000", "empty version bitmap")]
    [InlineData("05000010000000010001000800000010", "header 1.4 but bitmap 1.3: using 1.3")]
    public async Task A_malformed_HELLO_is_named_and_the_switch_works(string hello, string text)
    {
        // The switch itself goes by the HELLO that it got; both sides have to come to the same version.
        var version = text.EndsWith("1.3", StringComparison.Ordinal) ? OpenFlowVersion.OpenFlow13 : OpenFlowVersion.OpenFlow14;
        var options = new EmulatedSwitchOptions { Versions = VersionSet.Of(version) };
        var (faulty, connection) = await _world.GreetAsync(new Faults { HelloBytes = [.. Convert.FromHexString(hello)] }, options);
        Assert.Contains(text, connection.HandshakeNotes);
        await AssertWorksAsync(faulty, connection);
    }

    [Theory]
    [InlineData("04000010000000010001000810000000", "looks byte-swapped, {1.3} would fit")]
    [InlineData("05000008000000010001000800000030", "stream desync after HELLO")]
    [InlineData("0400000300000001", "header length 3 < 8")]
    [InlineData("0000000800000001", "version outside 1.0–1.5")]
    [InlineData("ff00000800000001", "version outside 1.0–1.5")]
    [InlineData("0402000800000001", "expected HELLO, got ECHO_REQUEST")]
    [InlineData("0401000f00000001000000006e6f21", "expected HELLO, got ERROR (OFPHFC_INCOMPATIBLE \"no!\")")]
    [InlineData("1603010200010001fc0303", "TLS on plaintext port")]
    [InlineData("474554202f20485454502f312e310d0a0d0a", "not OpenFlow")]
    public async Task A_HELLO_that_nothing_can_be_made_of_is_refused_by_its_name(string hello, string text)
    {
        _world.Start(new Faults { HelloBytes = [.. Convert.FromHexString(hello)] });
        Assert.EndsWith(text, (await _world.FailureAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Firmware_that_rejects_elements_is_greeted_without_them()
    {
        var (faulty, connection) = await _world.GreetAsync(
            new Faults { RejectsHelloElements = true }, new EmulatedSwitchOptions { Versions = VersionSet.Of(OpenFlowVersion.OpenFlow13) });
        Assert.StartsWith("rejected HELLO elements (1.3.0-only firmware?); retrying bare", (await _world.FailureAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(OpenFlowVersion.OpenFlow13, connection.Version);
        await AssertWorksAsync(faulty, connection);
    }

    [Fact]
    public async Task Firmware_that_requires_elements_gets_them()
    {
        var (faulty, connection) = await _world.GreetAsync(new Faults { RequiresHelloElements = true });
        await AssertWorksAsync(faulty, connection);
    }

    [Fact]
    public async Task A_second_HELLO_of_the_same_version_is_ignored()
    {
        var options = new EmulatedSwitchOptions { Versions = VersionSet.Of(OpenFlowVersion.OpenFlow13) };
        var (faulty, connection) = await _world.GreetAsync(new Faults { SecondHello = OpenFlowVersion.OpenFlow13 }, options);
        await AssertWorksAsync(faulty, connection);
    }

    [Fact]
    public async Task Features_in_another_version_than_announced_are_named()
    {
        var options = new EmulatedSwitchOptions { Versions = VersionSet.Of(OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14) };
        var (_, connection) = await _world.GreetAsync(new Faults { FeaturesVersion = OpenFlowVersion.OpenFlow13 }, options);
        Assert.Contains("announced 1.4, speaks 1.3", connection.HandshakeNotes);
    }

    [Fact]
    public async Task Bytes_may_come_one_at_a_time()
    {
        var (faulty, connection) = await _world.GreetAsync(new Faults { OneByteAtATime = true });
        await AssertWorksAsync(faulty, connection);
    }

    private static async Task AssertWorksAsync(EmulatedSwitch faulty, OpenFlowConnection connection)
    {
        Assert.Equal(FaultyBesideHonest.FaultyDatapath, connection.DatapathId);
        var result = await connection.SendAllAsync([new FlowMod { Cookie = 5 }], Deadline.Token);
        Assert.True(result.Succeeded, result.ToString());
        Assert.Equal(5UL, Assert.Single(faulty.Rules).Cookie);
    }
}
