namespace Metron.Kernel.Steering;

/// <summary>
/// Where the programs keep what they hash: on the stack, as in the packet, by offsets from R10. The addresses and ports of one family
/// lie as Toeplitz takes them: source, destination, ports.
/// </summary>
internal static class TupleLayout
{
    /// <summary>First byte of the source address.</summary>
    public const int Start = -64;

    /// <summary>Protocol, 32 bits; 0 for fragments.</summary>
    public const int Protocol = -16;

    /// <summary>Key of a map, 32 bits.</summary>
    public const int Key = -8;

    /// <summary>Room for header bytes that are read only to be looked at, 24 bytes.</summary>
    public const int Header = -96;

    /// <summary>Bytes of an address.</summary>
    public static int AddressBytes(int family) => family == 4 ? 4 : 16;

    /// <summary>First byte of the ports, 4 bytes; zero when they are not hashed.</summary>
    public static int Ports(int family) => Start + 2 * AddressBytes(family);
}
