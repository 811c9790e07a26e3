namespace Metron.NetworkFunctions.Esp;

/// <summary>Key material of a security association: AES key, then 4 bytes of salt (RFC 4106, section 8.1). Its text never shows it.</summary>
public sealed class EspKey
{
    /// <summary>Bytes of the salt, the first part of every nonce.</summary>
    public const int SaltLength = 4;

    private readonly byte[] _material;

    private EspKey(byte[] material) => _material = material;

    /// <summary>The AES key: 16, 24 or 32 bytes.</summary>
    public ReadOnlySpan<byte> Key => _material.AsSpan(0, _material.Length - SaltLength);

    /// <summary>The salt.</summary>
    public ReadOnlySpan<byte> Salt => _material.AsSpan(_material.Length - SaltLength);

    /// <summary>Makes a key from its bytes.</summary>
    /// <exception cref="ArgumentException">It has another length than AES keys with a salt have.</exception>
    public static EspKey FromBytes(ReadOnlySpan<byte> material) => material.Length is 20 or 28 or 36
        ? new EspKey(material.ToArray())
        : throw new ArgumentException("a key has 20, 28 or 36 bytes: AES-128, -192 or -256, and 4 bytes of salt", nameof(material));

    /// <summary>Reads a key from hexadecimal digits.</summary>
    /// <exception cref="ArgumentException">They are none, or too many or few.</exception>
    public static EspKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = new byte[text.Trim().Length / 2];
        return Convert.FromHexString(text.Trim(), bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == bytes.Length
            ? FromBytes(bytes)
            : throw new ArgumentException("a key is written in hexadecimal digits", nameof(text));
    }

    /// <summary>Whether it is the same key.</summary>
    public bool IsSameAs(EspKey other) => _material.AsSpan().SequenceEqual(other._material);

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
