
namespace Metron.Import.Tests.Support;

/// <summary>Draws chains of rules that jump, go to and return.</summary>
internal sealed class FilterGenerator(Random random, bool isV6)
{
    private static readonly string[] Prefixes4 = ["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1/32", "192.0.2.0/24", "192.0.2.128/25", "198.51.100.0/22", "203.0.113.77/32", "0.0.0.0/1"];
    private static readonly string[] Prefixes6 = ["2001:db8::/32", "2001:db8::/64", "2001:db8::1/128", "fd00::/8", "fe80::/10"];

    private bool _isLarge;

    /// <summary>Draws chains. Large ones are as operators write them: jumps from the first chain only, and no returns in the middle.</summary>
    public FilterModel Draw(int rulesPerChain)
    {
        var model = new FilterModel { IsPolicyAccept = random.Next(2) == 0, IsV6 = isV6 };
        string[] chains = ["FORWARD", "web", "DOCKER-USER", "tcp_in", "deep"];
        _isLarge = rulesPerChain >= 20;
        for (var i = 0; i < chains.Length; i++)
        {
            model.Chains[chains[i]] = [.. Enumerable.Range(0, rulesPerChain).Select(_ => Rule(chains[(i + 1)..]))];
        }

        return model;
    }

    private ModelRule Rule(string[] targets)
    {
        List<ModelCondition> conditions = [];
        if (random.Next(2) == 0)
        {
            conditions.Add(Address(source: true));
        }

        if (random.Next(2) == 0)
        {
            conditions.Add(Address(source: false));
        }

        if (random.Next(4) == 0)
        {
            conditions.Add(Interface());
        }

        conditions.AddRange(Transport());
        var verdict = random.Next(20) switch
        {
            < 7 => ModelVerdict.Accept,
            < 13 => ModelVerdict.Drop,
            < 15 when !_isLarge => ModelVerdict.Return,
            < 18 when targets.Length > (_isLarge ? 3 : 0) => ModelVerdict.Jump,
            18 when targets.Length > 0 && !_isLarge => ModelVerdict.Goto,
            _ => ModelVerdict.None,
        };
        var target = verdict is ModelVerdict.Jump or ModelVerdict.Goto ? PacketWorld.Pick(random, targets) : string.Empty;
        return new ModelRule(conditions, verdict, target, random.Next(3) == 0 ? $"rule {random.Next(1000)}: as agreed" : string.Empty);
    }

    private ModelCondition Address(bool source)
    {
        var text = PacketWorld.Pick(random, isV6 ? Prefixes6 : Prefixes4);
        var prefix = IpPrefix.Parse(text);
        var negated = random.Next(5) == 0;
        var (option, field) = source ? ("-s", "saddr") : ("-d", "daddr");
        var value = prefix.Length == prefix.Address.Width ? $"\"{prefix.Address}\"" : $$$"""{"prefix": {"addr": "{{{prefix.Address}}}", "len": {{{prefix.Length}}}}}""";
        return new ModelCondition(
            $"{(negated ? "! " : string.Empty)}{option} {text}",
            Match(negated ? "!=" : "==", Payload(isV6 ? "ip6" : "ip", field), value),
            packet => prefix.Contains(source ? packet.Source : packet.Destination) != negated);
    }

    private ModelCondition Interface()
    {
        var inside = random.Next(2) == 0;
        var entering = random.Next(2) == 0;
        var name = inside ? "lan0" : "wan0";
        var port = inside == entering ? 0 : 1;
        return new ModelCondition(
            $"{(entering ? "-i" : "-o")} {name}",
            Match("==", $$$"""{"meta": {"key": "{{{(entering ? "iifname" : "oifname")}}}"}}""", $"\"{name}\""),
            packet => packet.FromPort == port);
    }

    private List<ModelCondition> Transport()
    {
        switch (random.Next(8))
        {
            case 0:
                return [];
            case 1:
                return [NotProtocol(PacketWorld.Pick(random, [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Gre]))];
            case 2:
                return [Protocol(PacketWorld.Pick(random, [IpProtocol.Gre, IpProtocol.Esp, (byte)89]))];
            case 3:
                return [Icmp()];
            case 4:
                return [Protocol(IpProtocol.Tcp), Flags()];
            default:
                var protocol = PacketWorld.Pick(random, [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Sctp]);
                return [Protocol(protocol), Ports(protocol, random.Next(3) == 0)];
        }
    }

    private static ModelCondition Protocol(byte protocol) =>
        new($"-p {protocol}", Match("==", """{"meta": {"key": "l4proto"}}""", $"{protocol}"), packet => packet.Protocol == protocol);

    private static ModelCondition NotProtocol(byte protocol) =>
        new($"! -p {protocol}", Match("!=", """{"meta": {"key": "l4proto"}}""", $"{protocol}"), packet => packet.Protocol != protocol);

    private ModelCondition Ports(byte protocol, bool source)
    {
        var ranges = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Range()).ToList();
        var negated = random.Next(5) == 0;
        var name = protocol switch { IpProtocol.Tcp => "tcp", IpProtocol.Udp => "udp", _ => "sctp" };
        var text = string.Join(',', ranges.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}:{range.Last}"));
        var module = ranges.Count > 1 ? "-m multiport" : $"-m {name}";
        var option = (source ? "--sport" : "--dport") + (ranges.Count > 1 ? "s" : string.Empty);
        var set = string.Join(", ", ranges.Select(range => range.First == range.Last ? $"{range.First}" : $$"""{"range": [{{range.First}}, {{range.Last}}]}"""));
        return new ModelCondition(
            $"{module} {(negated ? "! " : string.Empty)}{option} {text}",
            Match(negated ? "!=" : "==", Payload(name, source ? "sport" : "dport"), $$"""{"set": [{{set}}]}"""),
            packet => ranges.Any(range => (source ? packet.SourcePort : packet.DestinationPort) is var port && port >= range.First && port <= range.Last) != negated);
    }

    private (ushort First, ushort Last) Range()
    {
        var one = PacketWorld.Pick(random, PacketWorld.Ports);
        var other = random.Next(2) == 0 ? one : PacketWorld.Pick(random, PacketWorld.Ports);
        return (Math.Min(one, other), Math.Max(one, other));
    }

    private ModelCondition Icmp()
    {
        var type = PacketWorld.Pick(random, PacketWorld.IcmpTypes);
        var protocol = isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp;
        var negated = random.Next(6) == 0;
        var options = isV6 ? "-p ipv6-icmp -m icmp6 {0}--icmpv6-type {1}" : "-p icmp -m icmp {0}--icmp-type {1}";
        return new ModelCondition(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, options, negated ? "! " : string.Empty, type),
            Match(negated ? "!=" : "==", Payload(isV6 ? "icmpv6" : "icmp", "type"), $"{type}"),
            packet => packet.Protocol == protocol && (packet.IcmpType == type) != negated);
    }

    private ModelCondition Flags()
    {
        string[] names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
        var mask = 1 + random.Next(63);
        var wanted = random.Next(64) & mask;
        var negated = random.Next(4) == 0;
        return new ModelCondition(
            $"-m tcp {(negated ? "! " : string.Empty)}--tcp-flags {List(mask)} {List(wanted)}",
            Match(negated ? "!=" : "==", $$"""{"&": [{{Payload("tcp", "flags")}}, {{mask}}]}""", $"{wanted}"),
            packet => (((int)packet.Flags & mask) == wanted) != negated);

        string List(int bits) => bits == 0 ? "NONE" : string.Join(',', names.Where((_, bit) => (bits & (1 << bit)) != 0));
    }

    private static string Payload(string protocol, string field) => $$$"""{"payload": {"protocol": "{{{protocol}}}", "field": "{{{field}}}"}}""";

    private static string Match(string operation, string left, string right) => $$$"""{"match": {"op": "{{{operation}}}", "left": {{{left}}}, "right": {{{right}}}}}""";
}
