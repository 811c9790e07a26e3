using System.Text;
using System.Text.Unicode;

namespace Metron.Cli.Specs;

/// <summary>From a stream to text: bounded, UTF-8 only, without control characters.</summary>
internal static class SpecBytes
{
    /// <summary>Largest file, in bytes: a million routes, written out, take about 90 MiB.</summary>
    public const int Limit = 128 * 1024 * 1024;

    /// <summary>Reads at most the limit and one byte, so that an endless stream does no harm.</summary>
    /// <exception cref="SpecException">Too large, not UTF-8, or with characters that no spec needs.</exception>
    public static string ReadText(Stream stream)
    {
        if (stream.CanSeek && stream.Length > Limit)
        {
            throw TooLarge();
        }

        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > Limit)
            {
                throw TooLarge();
            }
        }

        return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0xff, 0xfe, ..] or [0xfe, 0xff, ..] or [0, 0, 0xfe, 0xff, ..])
        {
            throw new SpecException(new Position(1, 1), string.Empty, "is UTF-16 or UTF-32; save the file as UTF-8");
        }

        if (bytes is [0xef, 0xbb, 0xbf, ..])
        {
            bytes = bytes[3..];
        }

        if (!Utf8.IsValid(bytes))
        {
            throw NotUtf8(bytes);
        }

        var text = Encoding.UTF8.GetString(bytes);
        CheckCharacters(text);
        return text;
    }

    private static SpecException TooLarge() =>
        new(
            null,
            string.Empty,
            $"is larger than {Limit / 1024 / 1024} MiB, the most that a spec file may have; split it into several chains or files");

    private static SpecException NotUtf8(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        while (Rune.DecodeFromUtf8(rest, out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            rest = rest[consumed..];
        }

        var before = Encoding.UTF8.GetString(bytes[..^rest.Length]);
        return new SpecException(PositionAfter(before), string.Empty, $"the byte 0x{rest[0]:x2} is not UTF-8; save the file as UTF-8");
    }

    // YAML 1.2, 5.1 allows tab, line feed, carriage return, next line and printable characters.
    private static void CheckCharacters(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            var isControl = char.IsControl(character) && character is not ('\t' or '\n' or '\r' or '\u0085');
            if (isControl || character is '\ufffe' or '\uffff' or '\ufeff')
            {
                throw new SpecException(
                    PositionAfter(text[..i]), string.Empty, $"the character U+{(int)character:X4} is not allowed; remove it");
            }
        }
    }

    private static Position PositionAfter(string text)
    {
        var line = 1 + text.Count(character => character == '\n');
        return new Position(line, text.Length - text.LastIndexOf('\n'));
    }
}
