using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Who the switch says it is, and which ports it has.</summary>
internal static class IdentityProbe
{
    /// <summary>Asks. What the switch refuses to say stays empty.</summary>
    public static async Task<SwitchIdentity> RunAsync(ProbeSession session, CancellationToken cancellation)
    {
        var ports = await PortsAsync(session, cancellation);
        session.State.Port = ports.Where(port => port.Number <= PortNumber.Maximum).OrderByDescending(port => port.IsUp).ThenBy(port => port.Number)
            .Select(port => (uint?)port.Number).FirstOrDefault();
        return new SwitchIdentity(
            session.Connection.DatapathId,
            await DescribeAsync(session, cancellation),
            session.Connection.Features.TableCount,
            ports.OrderBy(port => port.Number).Select(port => $"{(port.Number == PortNumber.Local ? "LOCAL" : port.Number)} {port.Name}").ToEquatableArray());
    }

    private static async Task<IReadOnlyList<PortDescription>> PortsAsync(ProbeSession session, CancellationToken cancellation)
    {
        try
        {
            return await session.Connection.ReadPortsAsync(cancellation);
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            return [];
        }
    }

    private static async Task<string> DescribeAsync(ProbeSession session, CancellationToken cancellation)
    {
        try
        {
            var said = await session.Connection.ReadDescriptionAsync(cancellation);
            return string.Join(", ", new[] { said.Manufacturer, said.Hardware, said.Software, said.SerialNumber }.Where(text => text is not ("" or "None")));
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            return "";
        }
    }
}
