namespace Metron.Import.Syntax;

/// <summary>ICMP types by the names of iptables, nftables, Cisco IOS and Click (RFC 792, RFC 4443).</summary>
internal static class IcmpNames
{
    private static readonly Dictionary<string, (byte Type, byte? Code)> V4 = new(StringComparer.OrdinalIgnoreCase)
    {
        ["echo-reply"] = (0, null),
        ["pong"] = (0, null),
        ["destination-unreachable"] = (3, null),
        ["unreachable"] = (3, null),
        ["network-unreachable"] = (3, 0),
        ["net-unreachable"] = (3, 0),
        ["host-unreachable"] = (3, 1),
        ["protocol-unreachable"] = (3, 2),
        ["port-unreachable"] = (3, 3),
        ["fragmentation-needed"] = (3, 4),
        ["packet-too-big"] = (3, 4),
        ["administratively-prohibited"] = (3, 13),
        ["communication-prohibited"] = (3, 13),
        ["source-quench"] = (4, null),
        ["redirect"] = (5, null),
        ["echo-request"] = (8, null),
        ["echo"] = (8, null),
        ["ping"] = (8, null),
        ["router-advertisement"] = (9, null),
        ["router-solicitation"] = (10, null),
        ["time-exceeded"] = (11, null),
        ["ttl-exceeded"] = (11, 0),
        ["ttl-zero-during-transit"] = (11, 0),
        ["parameter-problem"] = (12, null),
        ["timestamp-request"] = (13, null),
        ["timestamp-reply"] = (14, null),
        ["address-mask-request"] = (17, null),
        ["address-mask-reply"] = (18, null),
    };

    private static readonly Dictionary<string, (byte Type, byte? Code)> V6 = new(StringComparer.OrdinalIgnoreCase)
    {
        ["destination-unreachable"] = (1, null),
        ["unreachable"] = (1, null),
        ["no-route"] = (1, 0),
        ["port-unreachable"] = (1, 4),
        ["packet-too-big"] = (2, null),
        ["time-exceeded"] = (3, null),
        ["ttl-exceeded"] = (3, 0),
        ["hop-limit"] = (3, 0),
        ["parameter-problem"] = (4, null),
        ["echo-request"] = (128, null),
        ["ping"] = (128, null),
        ["echo-reply"] = (129, null),
        ["pong"] = (129, null),
        ["mld-query"] = (130, null),
        ["mld-listener-query"] = (130, null),
        ["mld-report"] = (131, null),
        ["mld-listener-report"] = (131, null),
        ["mld-listener-done"] = (132, null),
        ["mld-reduction"] = (132, null),
        ["router-solicitation"] = (133, null),
        ["nd-router-solicit"] = (133, null),
        ["router-advertisement"] = (134, null),
        ["nd-router-advert"] = (134, null),
        ["neighbour-solicitation"] = (135, null),
        ["neighbor-solicitation"] = (135, null),
        ["nd-neighbor-solicit"] = (135, null),
        ["nd-ns"] = (135, null),
        ["neighbour-advertisement"] = (136, null),
        ["neighbor-advertisement"] = (136, null),
        ["nd-neighbor-advert"] = (136, null),
        ["nd-na"] = (136, null),
        ["redirect"] = (137, null),
        ["nd-redirect"] = (137, null),
        ["mld2-listener-report"] = (143, null),
    };

    /// <summary>Reads a name.</summary>
    public static bool TryRead(string text, bool isV6, out uint type, out byte? code)
    {
        var found = (isV6 ? V6 : V4).TryGetValue(text, out var named);
        (type, code) = (named.Type, named.Code);
        return found;
    }
}
