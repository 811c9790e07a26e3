using System.Buffers.Binary;
using Metron.Import.Syntax;
using Metron.NetworkFunctions.Router;

namespace Metron.Import.Routes;

/// <summary>
/// Imports routing tables of BGP in MRT format (RFC 6396: TABLE_DUMP_V2 RIB_IPV4_UNICAST and RIB_IPV6_UNICAST, and TABLE_DUMP). Of several
/// paths to a prefix the one with the shortest AS path wins, and of these the one of the lowest peer index (in TABLE_DUMP the first): the
/// format does not have all that a router's own decision rests on.
/// </summary>
public static class MrtImporter
{
    private const int HeaderLength = 12;
    private const int TableDump = 12;
    private const int TableDumpV2 = 13;

    /// <summary>Imports a table. Lines of problems are records, from 1.</summary>
    /// <param name="file">File as the operator named it.</param>
    /// <param name="bytes">The file, not compressed.</param>
    /// <param name="options">Ports and next hops.</param>
    public static ImportResult<RouterConfiguration> Import(string file, ReadOnlySpan<byte> bytes, RouteImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var log = new ImportLog(file);
        var table = new RouteTable(options, log);
        var record = 0;
        if (bytes is [0x1f, 0x8b, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..])
        {
            log.Problem(default, "is compressed; unpack it first (gunzip, bunzip2)");
            bytes = [];
        }
        else if (bytes.IsEmpty)
        {
            log.Problem(default, "is empty");
        }

        while (!bytes.IsEmpty && !log.IsFull)
        {
            record++;
            if (bytes.Length < HeaderLength || BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]) > bytes.Length - HeaderLength)
            {
                log.Problem(new Place(record), $"record {record} is longer than what is left of the file ({bytes.Length} bytes); the file is cut off, or no MRT file");
                break;
            }

            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
            var type = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
            var subtype = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
            var reader = new MrtRecord(bytes.Slice(HeaderLength, length), new Place(record));
            if (Read(ref reader, type, subtype, table, record) is { } problem)
            {
                log.Problem(new Place(record), $"record {record} (type {type}, subtype {subtype}) {problem}");
            }

            bytes = bytes[(HeaderLength + length)..];
        }

        return log.Result(table.Finish());
    }

    private static string? Read(ref MrtRecord reader, int type, int subtype, RouteTable table, int record) => (type, subtype) switch
    {
        (TableDumpV2, 1) => null, // peers; their indices are all that counts
        (TableDumpV2, 2) => reader.ReadRib(isV6: false, table),
        (TableDumpV2, 4) => reader.ReadRib(isV6: true, table),
        (TableDump, 1) => reader.ReadTableDump(isV6: false, table, record),
        (TableDump, 2) => reader.ReadTableDump(isV6: true, table, record),
        (TableDumpV2, 3 or 5) => "is a multicast table, which a router of Metron does not have",
        (16 or 17, _) => "is a BGP message and no table; give a table dump (rib or bview)",
        _ => "is of a kind that is not imported: only TABLE_DUMP, and TABLE_DUMP_V2 for IPv4 and IPv6 unicast",
    };
}
