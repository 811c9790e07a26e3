namespace Metron.Synthesis;

/// <summary>One value for each header field.</summary>
public readonly record struct HeaderPoint
{
    public bool IsV6 { get; init; }

    public UInt128 Source { get; init; }

    public UInt128 Destination { get; init; }

    public byte Protocol { get; init; }

    public ushort SourcePort { get; init; }

    public ushort DestinationPort { get; init; }

    public byte IcmpType { get; init; }

    public byte IcmpCode { get; init; }

    public bool IsFragment { get; init; }

    public byte TcpFlags { get; init; }

    public UInt128 this[HeaderField field] => field switch
    {
        HeaderField.Source => Source,
        HeaderField.Destination => Destination,
        HeaderField.Protocol => Protocol,
        HeaderField.SourcePort => SourcePort,
        HeaderField.DestinationPort => DestinationPort,
        HeaderField.IcmpType => IcmpType,
        HeaderField.IcmpCode => IcmpCode,
        _ => IsFragment ? UInt128.One : UInt128.Zero,
    };

    /// <summary>The headers of an answer: source and destination swapped.</summary>
    public HeaderPoint Reverse() => this with
    {
        Source = Destination,
        Destination = Source,
        SourcePort = DestinationPort,
        DestinationPort = SourcePort,
    };
}
