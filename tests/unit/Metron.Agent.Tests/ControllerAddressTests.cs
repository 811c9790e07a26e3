using Metron.Agent.Configuration;

namespace Metron.Agent.Tests;

public sealed class ControllerAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7700", "http://127.0.0.1:7700", false)]
    [InlineData("https://controller.example:443", "https://controller.example", true)]
    [InlineData("localhost:7700", "http://localhost:7700", false)]
    [InlineData("http://[::1]:7700", "http://[::1]:7700", false)]
    [InlineData("unix:/run/metron.sock", "unix:/run/metron.sock", false)]
    public void An_address_is_read_and_told_again(string text, string told, bool isEncrypted)
    {
        Assert.True(ControllerAddress.TryParse(text, out var address));
        Assert.Equal(told, address.ToString());
        Assert.Equal(isEncrypted, address.IsEncrypted);
    }

    [Theory]
    [InlineData("unix:relative.sock")]
    [InlineData("unix:")]
    [InlineData("ftp://host:1")]
    [InlineData("http://host:1/path")]
    [InlineData("http://user@host:1")]
    [InlineData("http://host:70000")]
    [InlineData("http://")]
    public void What_is_no_address_is_refused(string text) => Assert.False(ControllerAddress.TryParse(text, out _));

    [Theory]
    [InlineData("0000:3b:00.0", true, "0000:3b:00.0")]
    [InlineData("3b:00.1", true, "0000:3b:00.1")]
    [InlineData("0000:3b:00.0,mprq_en=1", true, "0000:3b:00.0")]
    [InlineData("net_null0", false, "net_null0")]
    [InlineData("net_af_packet0,iface=3b:00.0", false, "net_af_packet0")]
    public void Pci_devices_are_told_from_virtual_ones(string device, bool isPci, string name)
    {
        Assert.Equal(isPci, PciAddress.IsPciDevice(device));
        Assert.Equal(name, PciAddress.PortName(device));
    }
}
