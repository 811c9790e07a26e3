using Metron.Packets;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <summary>An address, protocol and port: a virtual service, or a backend as one protocol sees it.</summary>
internal readonly record struct ServiceEndpoint(IpAddress Address, byte Protocol, ushort Port)
{
    /// <summary>Where a packet goes.</summary>
    public static ServiceEndpoint DestinationOf(in PacketHeaders headers) =>
        new(headers.Destination, headers.Protocol, headers.DestinationPort);

    /// <summary>Where a packet comes from.</summary>
    public static ServiceEndpoint SourceOf(in PacketHeaders headers) => new(headers.Source, headers.Protocol, headers.SourcePort);
}
