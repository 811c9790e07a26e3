using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Cisco;

/// <summary>An access list as it is read.</summary>
internal sealed class AccessList(string name, bool isV6, Place at)
{
    private readonly SortedDictionary<uint, List<FlatRule>> _entries = [];

    /// <summary>Name or number.</summary>
    public string Name { get; } = name;

    /// <summary>Whether it is for IPv6.</summary>
    public bool IsV6 { get; } = isV6;

    /// <summary>Where it begins.</summary>
    public Place At { get; } = at;

    /// <summary>The remark before the next entry.</summary>
    public string Remark { get; set; } = string.Empty;

    /// <summary>The entries in the order of their sequence numbers, and what stands unwritten behind them.</summary>
    public IEnumerable<FlatRule> Rules => _entries.Values.SelectMany(rules => rules).Concat(Unwritten());

    /// <summary>Adds an entry.</summary>
    /// <param name="sequence">Its number; null for ten behind the last (as IOS has it).</param>
    /// <param name="rules">The entry, as one or more rules.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Add(uint? sequence, List<FlatRule> rules)
    {
        var number = sequence ?? (_entries.Count == 0 ? 10 : _entries.Keys.Last() + 10);
        return _entries.TryAdd(number, rules) ? null : $"sequence number {number} is taken already in access list {Quote.Of(Name)}";
    }

    // IOS ends every access list with "deny any any", and those for IPv6 let neighbour discovery pass before that.
    private IEnumerable<FlatRule> Unwritten()
    {
        var all = new PacketBox { Versions = IsV6 ? IpVersions.V6 : IpVersions.V4 };
        if (IsV6)
        {
            var discovery = all with { Protocol = NumberSet.Of(IpProtocol.IcmpV6), IcmpType = NumberSet.Range(135, 136) };
            yield return new FlatRule(discovery, Allow: true, "implicit nd-ns and nd-na", At);
        }

        yield return new FlatRule(all, Allow: false, string.Empty, At) { IsPolicy = true };
    }
}
