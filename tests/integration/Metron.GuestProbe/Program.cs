using System.Globalization;
using Metron.GuestProbe;

// Runs in the guest. Takes commands from the host by a serial line, one a line, and answers each with one line or, where several are, ends them by "end".
// Arguments: what to do ("nic"), the line's device, and the number of queues of the NIC.
using var control = new ControlLine(args[1]);
try
{
    using var probe = NicProbe.Start(queues: int.Parse(args[2], CultureInfo.InvariantCulture));
    control.Say(probe.Describe());
    while (control.Next() is [var command, .. var arguments] && command != "quit")
    {
        control.Say(probe.Do(command, arguments));
    }

    return 0;
}
catch (Exception failure)
{
    control.Say($"failed {failure.ToString().ReplaceLineEndings(" | ")}");
    return 1;
}
