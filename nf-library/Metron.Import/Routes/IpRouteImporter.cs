using Metron.Import.Syntax;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Import.Routes;

/// <summary>Imports what 'ip -j route' and 'ip -6 -j route' print (iproute2) as a router.</summary>
public static class IpRouteImporter
{
    private static readonly string[] DroppingTypes = ["blackhole", "unreachable", "prohibit"];

    /// <summary>Imports files of one or both IP versions as one router.</summary>
    public static ImportResult<RouterConfiguration> Import(IReadOnlyList<SourceText> files, RouteImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var log = new ImportLog(files.Count > 0 ? files[0].File : "input");
        var table = new RouteTable(options, log);
        foreach (var file in files)
        {
            log.File = file.File;
            Read(file, table, log);
        }

        return log.Result(table.Finish());
    }

    private static void Read(SourceText file, RouteTable table, ImportLog log)
    {
        if (JsonSource.Read(file, log) is not { } document)
        {
            return;
        }

        if (document is not JsonList list)
        {
            log.Problem(document.At, $"is {document.Kind}; expected the array that 'ip -j route' prints");
            return;
        }

        // "default" says no version; the other routes of the same output do.
        bool? isV6 = list.Items.OfType<JsonObject>()
            .SelectMany(route => new[] { route.Text("dst"), route.Text("gateway"), route.Text("prefsrc") })
            .Select(text => AddressSets.TryAddress(text?.Split('/')[0] ?? string.Empty, out var address) ? address.IsV6 : (bool?)null)
            .FirstOrDefault(version => version is not null);
        foreach (var item in list.Items)
        {
            if (item is JsonObject route)
            {
                ReadRoute(route, isV6, table, log);
            }
            else
            {
                log.Problem(item.At, $"is {item.Kind}; expected an object with 'dst'");
            }
        }
    }

    private static void ReadRoute(JsonObject route, bool? isV6, RouteTable table, ImportLog log)
    {
        if (Prefix(route, isV6, out var prefix) is { } problem)
        {
            log.Problem(route.At, problem);
            return;
        }

        var type = route.Text("type") ?? "unicast";
        var device = route.Text("dev") ?? string.Empty;
        if (DroppingTypes.Contains(type))
        {
            table.Discard(prefix, route.At);
        }
        else if (Obstacle(route, type) is { } obstacle)
        {
            log.Problem(route.At, $"{prefix} {obstacle}");
        }
        else if (route["flags"] is JsonList flags && flags.Items.Any(flag => flag is JsonText { Value: "dead" }))
        {
            log.Note(route.At, $"{prefix} is dead (its interface is down) and left out");
        }
        else if (Gateway(route) is { } gateway)
        {
            if (!AddressSets.TryAddress(gateway, out var address))
            {
                log.Problem(route.At, $"{prefix} has the gateway {Quote.Of(gateway)}, which is not an IP address");
                return;
            }

            table.Add(prefix, new SourceRoute(address, device, (route.Number("metric", uint.MaxValue) ?? 0, 0), route.At));
        }
        else
        {
            Connected(prefix, device, table, route.At);
        }
    }

    private static void Connected(IpPrefix prefix, string device, RouteTable table, Place at)
    {
        // fe80::/64 and ff00::/8 are never forwarded (RFC 4291).
        var isNeverForwarded = prefix.Address.IsV6 && (prefix.Address.Value >> 118 == 0x3fa || prefix.Address.Value >> 120 == 0xff) && prefix.Length >= 8;
        if (!isNeverForwarded)
        {
            table.AddConnected(prefix, device, at);
        }
    }

    private static string? Gateway(JsonObject route) => route.Text("gateway") ?? (route["via"] as JsonObject)?.Text("host");

    private static string? Prefix(JsonObject route, bool? isV6, out IpPrefix prefix)
    {
        prefix = default;
        if (route.Text("dst") is not { } text)
        {
            return "has no destination ('dst')";
        }

        if (text != "default")
        {
            return text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':' or '/') && IpPrefix.TryParse(text, out prefix, out var error) ? null
                : $"has the destination {Quote.Of(text)}, which is not an IP prefix";
        }

        var version = Gateway(route) is { } gateway && route["via"] is null && AddressSets.TryAddress(gateway, out var address) ? address.IsV6 : isV6;
        prefix = new IpPrefix(new IpAddress(0, version == true), 0);
        return version is null ? "is a default route of which nothing says the IP version; give it as 0.0.0.0/0 or ::/0" : null;
    }

    private static string? Obstacle(JsonObject route, string type) =>
        type != "unicast" ? $"is of type {Quote.Of(type)}, which a router of Metron does not have; remove it"
        : route["nexthops"] is not null ? "has several next hops (multipath), and a route of Metron has one; choose one"
        : route["encap"] is not null ? "encapsulates packets, which a router of Metron does not; remove it"
        : route.Text("table") is { } table && table != "main" ? $"is of table {Quote.Of(table)}; a router of Metron has one table, give the table main alone"
        : route["from"] is not null || route["tos"] is not null ? "depends on more than the destination, which a router of Metron does not look at; remove it"
        : null;
}
