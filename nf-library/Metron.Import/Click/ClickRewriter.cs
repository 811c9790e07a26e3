using Metron.Import.Syntax;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Napt;

namespace Metron.Import.Click;

/// <summary>Makes a NAPT of an IPRewriter with one pattern that sets source address and port; its other inputs must drop.</summary>
internal sealed class ClickRewriter(ImportLog log)
{
    /// <summary>Reads the element; null when it cannot be expressed, which is reported.</summary>
    public NaptConfiguration? Read(ClickElement element, string name)
    {
        NaptConfiguration? napt = null;
        var patterns = 0;
        foreach (var (text, at) in element.Arguments())
        {
            var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "pattern")
            {
                patterns++;
                napt = Pattern(words, name, at) ?? napt;
            }
            else if (words[0].Length > 0 && words[0].All(c => char.IsAsciiLetterUpper(c) || c == '_'))
            {
                log.Note(at, $"{words[0]} is left out; idle times are those of RFC 4787 and RFC 5382 unless 'timeouts' says otherwise");
            }
            else if (text is not ("drop" or "discard"))
            {
                log.Problem(at, $"{Quote.Of(text)} cannot be expressed: a NAPT of Metron translates what comes from inside by one pattern, and drops what comes from outside without binding ('drop')");
            }
        }

        if (patterns != 1)
        {
            log.Problem(element.At, $"has {patterns} patterns; a NAPT of Metron has one, 'pattern ADDRESS FIRST-LAST - - OUTPUT OUTPUT'");
            return null;
        }

        log.Note(element.At, "Metron's NAPT maps per inside address and port, whoever the peer is, and lets any peer answer (RFC 4787); IPRewriter maps per flow. "
            + "Put a stateful firewall before it where only the peer may answer. ICMP queries are translated, too");
        return napt;
    }

    private NaptConfiguration? Pattern(string[] words, string name, Place at)
    {
        if (words is not [_, var address, var ports, var destination, var destinationPort, var forward, var reply]
            || !Numbers.TryRead(forward, ushort.MaxValue, out _) || !Numbers.TryRead(reply, ushort.MaxValue, out _))
        {
            log.Problem(at, $"{Quote.Of(string.Join(' ', words))} is not 'pattern ADDRESS PORTS ADDRESS PORT OUTPUT OUTPUT'; patterns by name are not imported");
            return null;
        }

        if ((destination, destinationPort) != ("-", "-"))
        {
            log.Problem(at, "sets the destination, which a NAPT of Metron does not (a load balancer does); write '- -'");
            return null;
        }

        if (!AddressSets.TryAddress(address, out var outside) || outside.IsV6)
        {
            log.Problem(at, $"{Quote.Of(address)} is not the IPv4 address that packets get as source; a pattern that keeps it ('-') translates nothing");
            return null;
        }

        // "#" and "?" say in which order Click tries ports; any order is right.
        var ends = ports.TrimEnd('#', '?').Split('-');
        if (ends.Length is < 1 or > 2 || !Numbers.TryRead(ends[0], ushort.MaxValue, out var first) || !Numbers.TryRead(ends[^1], ushort.MaxValue, out var last)
            || first == 0 || first > last)
        {
            log.Problem(at, $"{Quote.Of(ports)} is not a range of ports such as 1024-65535; a NAPT of Metron chooses the port itself");
            return null;
        }

        return new NaptConfiguration(name)
        {
            Pool = [new AddressRange(outside, outside)],
            OutsidePorts = new PortRange((ushort)first, (ushort)last),
        };
    }
}
