using System.CommandLine;
using Metron.Mapping;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.Packets;

namespace Metron.Cli.Trace;

/// <summary>The options that tell one packet in words.</summary>
internal sealed class PacketOptions
{
    private static readonly MacAddress HostMac = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress ChainMac = MacAddress.Parse("02:00:00:00:00:02");

    private readonly (Option<string> Option, string Field, Action<V1.PacketMatch, string> Set)[] _options =
    [
        (Text("--source", "Source address.", "ADDRESS"), "source", (match, value) => match.Source = value),
        (Text("--destination", "Destination address.", "ADDRESS"), "destination", (match, value) => match.Destination = value),
        (Text("--protocol", "tcp, udp, icmp, icmpv6, … or a number; tcp when not given.", "NAME"), "protocol", (match, value) => match.Protocol = value),
        (Text("--source-port", "Source port.", "PORT"), "sourcePort", (match, value) => match.SourcePort = value),
        (Text("--destination-port", "Destination port.", "PORT"), "destinationPort", (match, value) => match.DestinationPort = value),
        (Text("--tcp-flags", "TCP flags that are set: syn or syn,ack; syn when not given.", "FLAGS"), "tcpFlags", (match, value) => match.TcpFlags = value),
        (Text("--icmp-type", "ICMP type; echo request when not given.", "NUMBER"), "icmpType", (match, value) => match.IcmpType = Number("--icmp-type", value)),
        (Text("--icmp-code", "ICMP code.", "NUMBER"), "icmpCode", (match, value) => match.IcmpCode = Number("--icmp-code", value)),
    ];

    public IEnumerable<Option> All => _options.Select(option => option.Option);

    /// <summary>Whether any was given.</summary>
    public bool IsGiven(ParseResult parsed) => _options.Any(option => parsed.GetValue(option.Option) is not null);

    /// <summary>The frame as it arrives at an endpoint.</summary>
    /// <exception cref="CommandException">An option is missing or wrong.</exception>
    public byte[] Frame(ParseResult parsed, ChainEndpoint endpoint)
    {
        var match = new V1.PacketMatch();
        foreach (var (option, _, set) in _options)
        {
            if (parsed.GetValue(option) is { } value)
            {
                set(match, value);
            }
        }

        match.Protocol = match.Protocol.Length == 0 ? "tcp" : match.Protocol;
        match.TcpFlags = match.TcpFlags.Length == 0 && match.Protocol == "tcp" ? "syn" : match.TcpFlags;
        if (!ServiceChainMapper.TryMapMatch(match, out var packet, out var violations))
        {
            throw Wrong(string.Join("; ", violations.Select(violation => $"{NameOf(violation.Path)} {violation.Message}")));
        }

        Check(packet);
        return FrameBuilder.Build(packet, endpoint.Vlan, endpoint.PeerMac ?? HostMac, endpoint.LocalMac ?? ChainMac);
    }

    private static void Check(PacketMatch packet)
    {
        if (packet.Source is not { Negated: false, Value: var source } || packet.Destination is not { Negated: false, Value: var destination }
            || source.Length != source.Address.Width || destination.Length != destination.Address.Width)
        {
            throw Wrong("--source and --destination must each be one address");
        }

        if (packet.Protocol is { Negated: true } || packet.TcpFlagsClear != TcpFlags.None
            || new[] { packet.SourcePort, packet.DestinationPort }.Any(port => port is { } given && (given.Negated || given.Value.First != given.Value.Last)))
        {
            throw Wrong("a packet has one protocol, one port each, and flags that are set; ranges and '!' are for rules");
        }
    }

    private string NameOf(string field)
    {
        var found = _options.FirstOrDefault(option => option.Field == field).Option;
        return found is null ? field : found.Name;
    }

    private static Option<string> Text(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    private static uint Number(string option, string value) =>
        byte.TryParse(value, out var number) ? number : throw Wrong($"{option} '{value}' is not a number from 0 to 255");

    private static CommandException Wrong(string message) => new(ExitCode.BadInput, message);
}
