namespace Metron.NetworkFunctions.Esp;

/// <summary>Lengths of an ESP packet with AES-GCM: header (index, number), initialization vector, text (packet, padding, its length, next header), ICV.</summary>
internal static class EspLayout
{
    /// <summary>Index and number.</summary>
    public const int HeaderLength = 8;

    /// <summary>Where the text begins: behind header and initialization vector.</summary>
    public const int TextOffset = HeaderLength + 8;

    /// <summary>Padding length and next header.</summary>
    public const int TrailerLength = 2;

    /// <summary>Integrity check value.</summary>
    public const int TagLength = 16;

    /// <summary>What is aligned to this many bytes: the text (RFC 4303, section 2.4).</summary>
    public const int Alignment = 4;

    /// <summary>Bytes of padding behind a packet.</summary>
    public static int PaddingOf(int packet) => (Alignment - ((packet + TrailerLength) % Alignment)) % Alignment;

    /// <summary>Bytes of ESP for a packet.</summary>
    public static int LengthOf(int packet) => TextOffset + packet + PaddingOf(packet) + TrailerLength + TagLength;

    /// <summary>Longest packet for so many bytes of ESP.</summary>
    public static int LongestIn(int length) => ((length - TextOffset - TagLength) / Alignment * Alignment) - TrailerLength;
}
