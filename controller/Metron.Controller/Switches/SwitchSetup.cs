using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>Gets to know a switch that has just connected, and sets what chains rely on.</summary>
internal static class SwitchSetup
{
    /// <summary>Tables 0 to 20 are used.</summary>
    private const int TablesNeeded = 21;

    /// <summary>Reads description and ports, and has fragments treated as chains expect.</summary>
    /// <param name="connection">The switch.</param>
    /// <param name="remark">Takes what its operator should know.</param>
    public static async Task<(SwitchIdentity Identity, IReadOnlyList<SwitchPortState> Ports)> RunAsync(OpenFlowConnection connection, Action<string> remark)
    {
        foreach (var note in connection.Notes)
        {
            remark(note);
        }

        if (connection.Features.TableCount < TablesNeeded)
        {
            remark($"it has {connection.Features.TableCount} tables only; chains use tables 0 to {TablesNeeded - 1}");
        }

        // A slave may not write, and asking for bundles would be writing.
        var mayWrite = connection.Role.Role != ControllerRole.Slave;
        if (mayWrite)
        {
            await TreatFragmentsNormallyAsync(connection, remark);
        }

        var description = await DescribeAsync(connection, remark);
        var hasBundles = mayWrite && await HasBundlesAsync(connection, remark);
        var ports = await connection.ReadPortsAsync();
        return (
            new SwitchIdentity(connection.Version.ToDotted(), description, connection.Peer?.ToString() ?? string.Empty) { HasBundles = hasBundles },
            [.. ports.Where(port => port.Number <= PortNumber.Maximum).Select(Describe)]);
    }

    /// <summary>A port in the controller's words.</summary>
    public static SwitchPortState Describe(PortDescription port) => new(port.Number, port.Name, port.HardwareAddress.ToString(), port.IsUp);

    private static async Task TreatFragmentsNormallyAsync(OpenFlowConnection connection, Action<string> remark)
    {
        try
        {
            var present = await connection.RequestAsync(new GetConfigRequest());
            if (present.Fragments != FragmentTreatment.Normal)
            {
                await connection.SendAllAsync([new SetConfig(FragmentTreatment.Normal, present.MissSendLength)]);
                remark($"it treated fragments as \"{present.Fragments}\"; now they match with ports 0, as chains expect");
            }
        }
        catch (Exception error) when (error is OpenFlowErrorException or OpenFlowDecodeException or UnexpectedReplyException)
        {
            remark($"it does not tell its configuration: {error.Message}");
        }
    }

    /// <summary>An empty bundle changes nothing, and tells whether there are bundles.</summary>
    private static async Task<bool> HasBundlesAsync(OpenFlowConnection connection, Action<string> remark)
    {
        try
        {
            return (await connection.ApplyBundleAsync([])).Succeeded;
        }
        catch (BundlesUnsupportedException)
        {
            return false;
        }
        catch (Exception error) when (error is OpenFlowErrorException or OpenFlowDecodeException or UnexpectedReplyException)
        {
            remark($"whether it has bundles is not clear: {error.Message}; changes are sent in two phases");
            return false;
        }
    }

    private static async Task<string> DescribeAsync(OpenFlowConnection connection, Action<string> remark)
    {
        try
        {
            var description = await connection.ReadDescriptionAsync();
            return string.Join(' ', new[] { description.Manufacturer, description.Hardware, description.Software }.Where(part => part.Length > 0));
        }
        catch (Exception error) when (error is OpenFlowErrorException or OpenFlowDecodeException or UnexpectedReplyException)
        {
            remark($"it does not describe itself: {error.Message}");
            return string.Empty;
        }
    }
}
