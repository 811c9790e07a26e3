using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Metron.Reference.Functions;

/// <summary>AES-GCM bit by bit as NIST SP 800-38D writes it, over nothing but the block cipher; nonces of 12 bytes, tags of 16.</summary>
internal sealed class PlainGcm
{
    private readonly Aes _aes = Aes.Create();
    private readonly UInt128 _hashKey;

    public PlainGcm(byte[] key)
    {
        _aes.Key = key;
        _hashKey = Block(UInt128.Zero);
    }

    public (byte[] Text, byte[] Tag) Encrypt(byte[] nonce, byte[] text, byte[] authenticated)
    {
        var result = Stream(nonce, text);
        return (result, Tag(nonce, result, authenticated));
    }

    public bool TryDecrypt(byte[] nonce, byte[] text, byte[] tag, byte[] authenticated, out byte[] result)
    {
        result = Stream(nonce, text);
        return tag.AsSpan().SequenceEqual(Tag(nonce, text, authenticated));
    }

    /// <summary>Counter mode, from 2 on (section 6.5); 1 is for the tag.</summary>
    private byte[] Stream(byte[] nonce, byte[] text)
    {
        var result = new byte[text.Length];
        var block = new byte[16];
        for (var at = 0; at < text.Length; at++)
        {
            if (at % 16 == 0)
            {
                BinaryPrimitives.WriteUInt128BigEndian(block, Block(Counter(nonce, (uint)(2 + (at / 16)))));
            }

            result[at] = (byte)(text[at] ^ block[at % 16]);
        }

        return result;
    }

    private byte[] Tag(byte[] nonce, byte[] text, byte[] authenticated)
    {
        var hash = Hash(Hash(UInt128.Zero, authenticated), text);
        var lengths = ((UInt128)authenticated.Length * 8 << 64) | ((UInt128)text.Length * 8);
        hash = Multiply(hash ^ lengths, _hashKey);
        var tag = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(tag, hash ^ Block(Counter(nonce, 1)));
        return tag;
    }

    private UInt128 Hash(UInt128 hash, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += 16)
        {
            byte[] block = [.. bytes[at..Math.Min(bytes.Length, at + 16)], .. new byte[16]];
            hash = Multiply(hash ^ BinaryPrimitives.ReadUInt128BigEndian(block), _hashKey);
        }

        return hash;
    }

    /// <summary>Algorithm 1 of section 6.3: bit 0 is the highest, and the field's polynomial is 1 + a + a^2 + a^7 + a^128.</summary>
    private static UInt128 Multiply(UInt128 left, UInt128 right)
    {
        var reduction = (UInt128)0xe1 << 120;
        var product = UInt128.Zero;
        for (var bit = 127; bit >= 0; bit--)
        {
            product ^= (left >> bit & 1) == 1 ? right : 0;
            right = (right & 1) == 1 ? (right >> 1) ^ reduction : right >> 1;
        }

        return product;
    }

    private UInt128 Block(UInt128 value)
    {
        var block = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(block, value);
        return BinaryPrimitives.ReadUInt128BigEndian(_aes.EncryptEcb(block, PaddingMode.None));
    }

    private static UInt128 Counter(byte[] nonce, uint count) => BinaryPrimitives.ReadUInt128BigEndian((byte[])[.. nonce, 0, 0, 0, 0]) | count;
}
