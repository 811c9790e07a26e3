using System.Globalization;
using Metron.GuestProbe;

// Runs in the guest. Takes commands from the host by a serial line, one a line, and answers each with lines, the last of which is "end".
// Arguments: what to do ("nic" or "dataplane"), the line's device, and the number of queues of the NIC.
using var control = new ControlLine(args[1]);
try
{
    var queues = int.Parse(args[2], CultureInfo.InvariantCulture);
    await using IProbe probe = args[0] == "nic" ? new NicProbe(queues) : await DataplaneProbe.StartAsync(queues);
    control.Say(probe.Describe());
    while (control.Next() is [var command, .. var arguments] && command != "quit")
    {
        control.Say(await probe.DoAsync(command, arguments));
    }

    return 0;
}
catch (Exception failure)
{
    control.Say($"failed {failure.ToString().ReplaceLineEndings(" | ")}");
    return 1;
}
