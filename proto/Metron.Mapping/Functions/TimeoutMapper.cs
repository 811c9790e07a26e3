using Metron.NetworkFunctions;

namespace Metron.Mapping.Functions;

/// <summary>Reads idle times.</summary>
internal static class TimeoutMapper
{
    /// <summary>Reads the timeouts of connections; 0 takes the default.</summary>
    public static ConnectionTimeouts Map(V1.ConnectionTimeouts? timeouts, SpecNode function)
    {
        var defaults = ConnectionTimeouts.Default;
        if (timeouts is null)
        {
            return defaults;
        }

        var at = function.Field("timeouts");
        return new ConnectionTimeouts
        {
            TcpEstablished = Seconds(timeouts.TcpEstablishedSeconds, defaults.TcpEstablished, at, "tcpEstablishedSeconds"),
            TcpTransitory = Seconds(timeouts.TcpTransitorySeconds, defaults.TcpTransitory, at, "tcpTransitorySeconds"),
            Udp = Seconds(timeouts.UdpSeconds, defaults.Udp, at, "udpSeconds"),
            Icmp = Seconds(timeouts.IcmpSeconds, defaults.Icmp, at, "icmpSeconds"),
        };
    }

    /// <summary>Reads one idle time; 0 takes the default.</summary>
    public static TimeSpan Seconds(uint seconds, TimeSpan whenZero, SpecNode at, string field)
    {
        if (seconds > SpecLimits.TimeoutSeconds)
        {
            at.Report(field, $"{seconds} is out of range; expected 0-{SpecLimits.TimeoutSeconds} (seven days)");
            return whenZero;
        }

        return seconds == 0 ? whenZero : TimeSpan.FromSeconds(seconds);
    }
}
