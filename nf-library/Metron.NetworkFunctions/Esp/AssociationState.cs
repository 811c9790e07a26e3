using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Metron.Packets;

namespace Metron.NetworkFunctions.Esp;

/// <summary>
/// A security association at work: cipher, numbers, lifetime. Belongs to one worker. Lives on in the instance of the next revision, which may
/// work with it while the older one still does.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Instances of several revisions share it; the cipher's handle goes with the last of them.")]
internal sealed class AssociationState
{
    private const int InitializationVectorLength = 8;
    private const int TagLength = 16;

    private readonly EspKey _key;
    private readonly AesGcm _cipher;
    private readonly ReplayWindow? _window;
    private readonly ulong _firstVector;
    private ulong _sent;
    private ulong _bytes;
    private long _firstUse = -1;

    /// <param name="configuration">The association.</param>
    /// <param name="key">Its key.</param>
    /// <param name="firstVector">Where initialization vectors begin: for a key that was used before, one that no vector came near to.</param>
    public AssociationState(SecurityAssociation configuration, EspKey key, ulong firstVector)
    {
        Configuration = configuration;
        _key = key;
        _cipher = new AesGcm(key.Key, TagLength);
        _window = configuration.ReplayWindow > 0 ? new ReplayWindow(configuration.ReplayWindow, configuration.HasExtendedNumbers) : null;
        _firstVector = firstVector;
    }

    /// <summary>The configuration in force: of the newest revision as far as lifetimes are concerned.</summary>
    public SecurityAssociation Configuration { get; private set; }

    /// <summary>Whether it goes on as the association of a newer revision; then with that one's lifetimes.</summary>
    public bool TryContinueAs(SecurityAssociation configuration, EspKey key)
    {
        var isSame = configuration.Index == Configuration.Index
            && configuration.HasExtendedNumbers == Configuration.HasExtendedNumbers
            && configuration.ReplayWindow == Configuration.ReplayWindow
            && key.IsSameAs(_key);
        if (isSame)
        {
            Configuration = configuration;
        }

        return isSame;
    }

    /// <summary>The key, to compare it with that of a newer revision.</summary>
    public EspKey Key => _key;

    /// <summary>Whether it may handle packets: neither lifetime is over, and there are numbers left (RFC 4303, section 3.3.3: they never cycle).</summary>
    public bool IsUsable(long now) =>
        (Configuration.LifetimeBytes == 0 || _bytes < Configuration.LifetimeBytes)
        && (Configuration.Lifetime == TimeSpan.Zero || _firstUse < 0 || now - _firstUse < (long)Configuration.Lifetime.TotalMilliseconds)
        && _sent < (Configuration.HasExtendedNumbers ? ulong.MaxValue : uint.MaxValue);

    /// <summary>Encrypts in place, and writes header, initialization vector and ICV.</summary>
    /// <param name="esp">8 bytes of header, 8 of vector, the text, 16 for the ICV.</param>
    /// <param name="bytes">Bytes of the IP packet inside.</param>
    /// <param name="now">Worker's milliseconds.</param>
    public void Seal(Span<byte> esp, int bytes, long now)
    {
        var number = ++_sent;
        BinaryPrimitives.WriteUInt32BigEndian(esp, Configuration.Index);
        BinaryPrimitives.WriteUInt32BigEndian(esp[4..], (uint)number);
        BinaryPrimitives.WriteUInt64BigEndian(esp[EspLayout.HeaderLength..], unchecked(_firstVector + number));
        Span<byte> nonce = stackalloc byte[EspKey.SaltLength + InitializationVectorLength];
        Span<byte> authenticated = stackalloc byte[12];
        var text = esp[EspLayout.TextOffset..^TagLength];
        _cipher.Encrypt(FillNonce(nonce, esp), text, text, esp[^TagLength..], FillAuthenticated(authenticated, number));
        Count(bytes, now);
    }

    /// <summary>Checks number and ICV, and decrypts in place.</summary>
    /// <param name="esp">A packet's header, vector, text and ICV.</param>
    /// <param name="failures">Finds forged packets out.</param>
    /// <param name="now">Worker's milliseconds.</param>
    /// <returns><see cref="DropReason.None"/>, or why it is not genuine.</returns>
    public DropReason Open(Span<byte> esp, ForgeryCheck failures, long now)
    {
        var low = BinaryPrimitives.ReadUInt32BigEndian(esp[4..]);
        var number = _window?.Extend(low) ?? low;
        if (_window?.IsFresh(number) == false)
        {
            return DropReason.Replayed;
        }

        Span<byte> nonce = stackalloc byte[EspKey.SaltLength + InitializationVectorLength];
        Span<byte> authenticated = stackalloc byte[12];
        var text = esp[EspLayout.TextOffset..^TagLength];
        if (!failures.TryDecrypt(_cipher, FillNonce(nonce, esp), text, esp[^TagLength..], FillAuthenticated(authenticated, number), now))
        {
            return DropReason.AuthenticationFailed;
        }

        _window?.Note(number);
        Count(text.Length, now);
        return DropReason.None;
    }

    private void Count(int bytes, long now)
    {
        _bytes += (uint)bytes;
        _firstUse = _firstUse < 0 ? now : _firstUse;
    }

    private Span<byte> FillNonce(Span<byte> nonce, ReadOnlySpan<byte> esp)
    {
        _key.Salt.CopyTo(nonce);
        esp.Slice(EspLayout.HeaderLength, InitializationVectorLength).CopyTo(nonce[EspKey.SaltLength..]);
        return nonce;
    }

    /// <summary>Index and number; with extended numbers all 64 bits of it (RFC 4106, section 5).</summary>
    private Span<byte> FillAuthenticated(Span<byte> authenticated, ulong number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(authenticated, Configuration.Index);
        if (Configuration.HasExtendedNumbers)
        {
            BinaryPrimitives.WriteUInt64BigEndian(authenticated[4..], number);
            return authenticated;
        }

        BinaryPrimitives.WriteUInt32BigEndian(authenticated[4..], (uint)number);
        return authenticated[..8];
    }
}
