using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Blackbox;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a blackbox.</summary>
internal static class BlackboxMapper
{
    private const uint FastestProbe = 100;
    private const uint SlowestProbe = 60_000;
    private const uint LongestSilence = 3600;

    public static BlackboxConfiguration Map(string name, V1.Blackbox blackbox, SpecNode at)
    {
        Names.Check(blackbox.Appliance, at, "appliance");
        if (Enums.Check(blackbox.Policy, at, "policy") && blackbox.Policy == V1.BlackboxPolicy.Unspecified)
        {
            at.Report("policy", "must be given: FAIL_OPEN lets packets pass the program by while it is down, FAIL_CLOSED drops them");
        }

        return new BlackboxConfiguration(name, blackbox.Appliance)
        {
            FailOpen = blackbox.Policy == V1.BlackboxPolicy.FailOpen,
            KeepsClientPorts = blackbox.KeepsClientPorts,
            InsideMac = Addresses.Mac(blackbox.InsideMac, at, "insideMac", required: false),
            OutsideMac = Addresses.Mac(blackbox.OutsideMac, at, "outsideMac", required: false),
            HealthCheck = HealthCheck(blackbox.HealthCheck ?? new V1.BlackboxHealthCheck(), at.Field("healthCheck")),
        };
    }

    private static BlackboxHealthCheck HealthCheck(V1.BlackboxHealthCheck check, SpecNode at)
    {
        var defaults = new BlackboxHealthCheck();
        Enums.Check(check.Probe, at, "probe");
        var isInterval = check.IntervalMilliseconds != 0
            && Counts.CheckRange(check.IntervalMilliseconds, FastestProbe, SlowestProbe, at, "intervalMilliseconds", "; 0 for 1000");
        var isMissed = Counts.CheckRange(check.MissedProbes, 0, SpecLimits.MissedProbes, at, "missedProbes", "; 0 for 3") && check.MissedProbes > 0;
        var isSilence = Counts.CheckRange(check.SilenceSeconds, 0, LongestSilence, at, "silenceSeconds", "; 0 for 10") && check.SilenceSeconds > 0;
        return new BlackboxHealthCheck
        {
            Probe = check.Probe switch
            {
                V1.BlackboxProbe.Ethernet => BlackboxProbe.Ethernet,
                V1.BlackboxProbe.Udp => BlackboxProbe.Udp,
                _ => BlackboxProbe.None,
            },
            Interval = isInterval ? TimeSpan.FromMilliseconds(check.IntervalMilliseconds) : defaults.Interval,
            MissedProbes = isMissed ? (int)check.MissedProbes : defaults.MissedProbes,
            Silence = isSilence ? TimeSpan.FromSeconds(check.SilenceSeconds) : defaults.Silence,
            InsideAddress = ProbeAddress(check, check.InsideAddress, at, "insideAddress"),
            OutsideAddress = ProbeAddress(check, check.OutsideAddress, at, "outsideAddress"),
        };
    }

    private static IpAddress? ProbeAddress(V1.BlackboxHealthCheck check, string text, SpecNode at, string field)
    {
        if (check.Probe != V1.BlackboxProbe.Udp)
        {
            if (text.Length > 0)
            {
                at.Report(field, "is for probe UDP; write probe: UDP, or leave it out");
            }

            return null;
        }

        if (!Addresses.TryHost(text, at, field, out var address))
        {
            return null;
        }

        if (address.IsV6)
        {
            at.Report(field, $"{address} is IPv6; probes are of IPv4");
        }

        return address;
    }
}
