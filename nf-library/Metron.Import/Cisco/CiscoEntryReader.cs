using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Cisco;

/// <summary>Reads one entry: "permit|deny PROTOCOL SOURCE [PORTS] DESTINATION [PORTS] [what else]".</summary>
internal sealed class CiscoEntryReader(List<Word> words, bool isV6, ImportLog log)
{
    private static readonly Dictionary<string, TcpFlags> Flags = new()
    {
        ["ack"] = TcpFlags.Acknowledgement,
        ["fin"] = TcpFlags.Fin,
        ["psh"] = TcpFlags.Push,
        ["rst"] = TcpFlags.Reset,
        ["syn"] = TcpFlags.Syn,
        ["urg"] = TcpFlags.Urgent,
    };

    private int _next = 1;
    private PacketBox _packets = new() { Versions = isV6 ? IpVersions.V6 : IpVersions.V4 };
    private byte _protocol;
    private bool _failed;

    private Word? Peek => _next < words.Count ? words[_next] : null;

    /// <summary>The entry as rules; null when there is a problem, which is reported.</summary>
    public List<FlatRule>? Read(string remark, Place at)
    {
        if (words[0].Text is not ("permit" or "deny"))
        {
            Fail(words[0].At, $"{Quote.Of(words[0].Text)} cannot be imported; an entry begins with permit, deny or remark");
            return null;
        }

        ReadProtocol();
        ReadAddress((box, set) => box with { Source = set });
        ReadPorts((box, set) => box with { SourcePort = set });
        ReadAddress((box, set) => box with { Destination = set });
        ReadPorts((box, set) => box with { DestinationPort = set });
        ReadIcmp();
        List<PacketBox> flags = [];
        while (!_failed && Peek is { } word)
        {
            _next++;
            ReadRest(word, flags);
        }

        if (_failed)
        {
            return null;
        }

        List<PacketBox> boxes = flags.Count == 0 ? [_packets] : PacketBoxes.Intersect([_packets], flags, MatchWriter.Most);
        return boxes.ConvertAll(box => new FlatRule(box, words[0].Text == "permit", remark, at));
    }

    private void ReadProtocol()
    {
        if (Take("a protocol") is not { } word)
        {
            return;
        }

        if (word.Text == (isV6 ? "ipv6" : "ip"))
        {
            return;
        }

        if (word.Text == "icmp")
        {
            _protocol = isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp;
        }
        else if (!ProtocolNames.TryRead(word.Text, out _protocol))
        {
            Fail(word.At, word.Text is "object-group" ? Groups : $"{Quote.Of(word.Text)} is not a protocol that is known by name; write its number");
            return;
        }

        _packets = _packets with { Protocol = NumberSet.Of(_protocol) };
    }

    private void ReadAddress(Func<PacketBox, NumberSet?, PacketBox> limit)
    {
        if (Take("an address") is not { } word || word.Text == "any")
        {
            return;
        }

        if (word.Text is "object-group" or "addrgroup")
        {
            Fail(word.At, Groups);
            return;
        }

        NumberSet? set;
        string? problem;
        if (word.Text == "host")
        {
            if (Take("an address behind 'host'") is not { } host)
            {
                return;
            }

            (word, problem) = (host, AddressSets.TryAddress(host.Text, out var address) && address.IsV6 == isV6 ? null : NoAddress(host));
            set = NumberSet.Of(address.Value);
        }
        else if (isV6)
        {
            problem = AddressSets.TryRead(word.Text, out set, out var readV6) ?? (readV6 ? null : NoAddress(word));
        }
        else
        {
            problem = Wildcard(word, out set);
        }

        if (problem is not null)
        {
            Fail(word.At, problem);
        }
        else
        {
            _packets = limit(_packets, set);
        }
    }

    /// <summary>Address and wildcard mask, whose one bits do not count.</summary>
    private string? Wildcard(Word address, out NumberSet? set)
    {
        set = null;
        if (_failed || Peek is not { } mask)
        {
            return $"{Quote.Of(address.Text)} lacks its wildcard mask; write 'host {address.Text}' for one address";
        }

        _next++;
        return !AddressSets.TryAddress(address.Text, out var value) || value.IsV6 ? NoAddress(address)
            : !AddressSets.TryAddress(mask.Text, out var free) || free.IsV6 ? $"{Quote.Of(mask.Text)} is not a wildcard mask such as 0.0.0.255"
            : AddressSets.TryMasked(value.Value, ~free.Value & uint.MaxValue, false, out set);
    }

    private void ReadPorts(Func<PacketBox, NumberSet, PacketBox> limit)
    {
        if (_failed || Peek is not { Text: "eq" or "neq" or "lt" or "gt" or "range" } word)
        {
            return;
        }

        _next++;
        if (_protocol is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp))
        {
            Fail(word.At, "limits ports, but the protocol is none of tcp, udp and sctp");
            return;
        }

        List<ushort> ports = [];
        while (Peek is { } text && CiscoNames.TryPort(text.Text, _protocol, out var port))
        {
            ports.Add(port);
            _next++;
        }

        var set = (word.Text, ports) switch
        {
            ("eq", { Count: > 0 }) => Each(ports),
            ("neq", { Count: > 0 }) => Each(ports).Complement(ushort.MaxValue),
            ("lt", [> 0 and var above]) => NumberSet.Range(0, (UInt128)above - 1),
            ("gt", [< ushort.MaxValue and var below]) => NumberSet.Range((UInt128)below + 1, ushort.MaxValue),
            ("range", [var first, var last]) when first <= last => NumberSet.Range(first, last),
            _ => null,
        };
        if (set is null)
        {
            Fail(word.At, $"{Quote.Of(word.Text)} is not followed by what it needs: 'eq' and 'neq' ports, 'lt' and 'gt' one port, 'range' two in order; "
                + "a service whose name is not known is written as number");
            return;
        }

        _packets = limit(_packets, set);
    }

    private static NumberSet Each(List<ushort> ports) => NumberSet.Union(ports.Select(port => ((UInt128)port, (UInt128)port)));

    private void ReadIcmp()
    {
        if (_failed || _protocol != (isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp) || Peek is not { } word)
        {
            return;
        }

        if (!(isV6 && word.Text == "destination-unreachable") && IcmpNames.TryRead(word.Text, isV6, out var type, out var namedCode))
        {
            _next++;
            _packets = _packets with { IcmpType = NumberSet.Of(type), IcmpCode = namedCode is { } named ? NumberSet.Of(named) : null };
        }
        else if (Numbers.TryRead(word.Text, byte.MaxValue, out type))
        {
            _next++;
            _packets = _packets with { IcmpType = NumberSet.Of(type) };
            if (Peek is { } second && Numbers.TryRead(second.Text, byte.MaxValue, out var code))
            {
                _next++;
                _packets = _packets with { IcmpCode = NumberSet.Of(code) };
            }
        }
    }

    private void ReadRest(Word word, List<PacketBox> flags)
    {
        var isTcp = _protocol == IpProtocol.Tcp;
        if (word.Text == "established" && isTcp)
        {
            flags.Add(Tcp(TcpFlags.Acknowledgement, TcpFlags.None));
            flags.Add(Tcp(TcpFlags.Reset, TcpFlags.Acknowledgement));
        }
        else if (Flags.TryGetValue(word.Text, out var flag) && isTcp)
        {
            flags.Add(Tcp(flag, TcpFlags.None));
        }
        else if (word.Text is "match-any" or "match-all" && isTcp)
        {
            ReadSignedFlags(word, flags);
        }
        else if (word.Text is "log" or "log-input")
        {
            log.Note(word.At, "logs packets; Metron's firewall counts the decisions of its rules instead");
        }
        else if (word.Text[0] == '(' && words[^1].Text.EndsWith(')'))
        {
            _next = words.Count; // "(12 matches)"
        }
        else
        {
            Fail(word.At, $"{Quote.Of(word.Text)} cannot be expressed by a firewall of Metron, or is not known here; remove the entry, or write it without");
        }
    }

    private void ReadSignedFlags(Word how, List<PacketBox> flags)
    {
        List<PacketBox> found = [];
        while (Peek is { } word && word.Text.Length > 1 && word.Text[0] is '+' or '-' && Flags.TryGetValue(word.Text[1..], out var flag))
        {
            _next++;
            found.Add(word.Text[0] == '+' ? Tcp(flag, TcpFlags.None) : Tcp(TcpFlags.None, flag));
        }

        if (found.Count == 0)
        {
            Fail(how.At, $"{Quote.Of(how.Text)} is not followed by flags such as +syn -ack");
        }
        else if (how.Text == "match-any")
        {
            flags.AddRange(found);
        }
        else if (found.Aggregate((PacketBox?)PacketBox.All, (all, one) => all?.Intersect(one)) is { } both)
        {
            flags.Add(both);
        }
        else
        {
            Fail(how.At, "no packet has a flag both set and clear");
        }
    }

    private static PacketBox Tcp(TcpFlags set, TcpFlags clear) =>
        new() { Protocol = NumberSet.Of(IpProtocol.Tcp), FlagsSet = set, FlagsClear = clear };

    private const string Groups = "object groups are not imported; write their members as entries";

    private string NoAddress(Word word) => $"{Quote.Of(word.Text)} is not an IPv{(isV6 ? 6 : 4)} address";

    private Word? Take(string what)
    {
        if (_failed)
        {
            return null;
        }

        if (Peek is not { } word)
        {
            Fail(words[^1].At, $"is cut off: {what} is missing behind {Quote.Of(words[^1].Text)}");
            return null;
        }

        _next++;
        return word;
    }

    private void Fail(Place at, string message)
    {
        if (!_failed)
        {
            log.Problem(at, message);
        }

        _failed = true;
    }
}
