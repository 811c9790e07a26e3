using System.Security.Cryptography;

namespace Metron.NetworkFunctions.Esp;

/// <summary>
/// Decrypts without letting forged packets cost more than genuine ones: the class library tells a wrong ICV by an exception, which takes
/// some 20 microseconds and memory. Few of them in a second are told so; when there are more, the ICV is computed twice over instead, which needs none.
/// </summary>
internal sealed class ForgeryCheck
{
    private const int ExceptionsPerSecond = 16;
    private const int TagLength = 16;

    private readonly byte[] _scratch = new byte[ushort.MaxValue];
    private long _second = -1;
    private int _failed;

    /// <summary>Decrypts in place.</summary>
    /// <returns>False when the ICV is not that of the text; the text is of no use then.</returns>
    public bool TryDecrypt(AesGcm cipher, ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> authenticated, long now)
    {
        if (now / 1000 != _second)
        {
            (_second, _failed) = (now / 1000, 0);
        }

        var isGenuine = _failed < ExceptionsPerSecond
            ? TryByException(cipher, nonce, text, tag, authenticated)
            : TryTwice(cipher, nonce, text, tag, authenticated);
        _failed += isGenuine ? 0 : 1;
        return isGenuine;
    }

    private static bool TryByException(
        AesGcm cipher, ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> authenticated)
    {
        try
        {
            cipher.Decrypt(nonce, text, tag, text, authenticated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>GCM encrypts by a stream of bits that depends on the nonce alone: encrypting what is encrypted decrypts it, and doing so again gives the ICV.</summary>
    private bool TryTwice(AesGcm cipher, ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> authenticated)
    {
        Span<byte> computed = stackalloc byte[TagLength];
        cipher.Encrypt(nonce, text, text, computed, authenticated);
        cipher.Encrypt(nonce, text, _scratch.AsSpan(0, text.Length), computed, authenticated);
        return CryptographicOperations.FixedTimeEquals(computed, tag);
    }
}
