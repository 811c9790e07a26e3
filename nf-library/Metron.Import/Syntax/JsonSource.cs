using System.Text;
using System.Text.Json;

namespace Metron.Import.Syntax;

/// <summary>Reads JSON into values with places.</summary>
internal static class JsonSource
{
    private const int MostDepth = 64;

    /// <summary>Reads one document; null when it is not JSON, which is reported.</summary>
    public static JsonValue? Read(SourceText source, ImportLog log)
    {
        var bytes = Encoding.UTF8.GetBytes(source.Text);
        var lines = new LineIndex(bytes);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MostDepth });
        try
        {
            reader.Read();
            var value = Value(ref reader, lines);
            reader.Read(); // refuses what follows
            return value;
        }
        catch (JsonException error)
        {
            // The library counts from 0.
            log.Problem(new Place((int)(error.LineNumber ?? 0) + 1, (int)(error.BytePositionInLine ?? 0) + 1), $"is not JSON as the tool prints it: {FirstSentence(error.Message)}");
            return null;
        }
        catch (InvalidOperationException error)
        {
            log.Problem(lines.Place((int)reader.TokenStartIndex), $"has a string that is not text: {FirstSentence(error.Message)}");
            return null;
        }
    }

    private static JsonValue Value(ref Utf8JsonReader reader, LineIndex lines)
    {
        var at = lines.Place((int)reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                List<KeyValuePair<string, JsonValue>> members = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    members.Add(new(name, Value(ref reader, lines)));
                }

                return new JsonObject(at, members);
            case JsonTokenType.StartArray:
                List<JsonValue> items = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Value(ref reader, lines));
                }

                return new JsonList(at, items);
            case JsonTokenType.String:
                return new JsonText(at, reader.GetString()!);
            case JsonTokenType.Number:
                return new JsonNumber(at, Encoding.UTF8.GetString(reader.ValueSpan));
            default:
                return new JsonWord(at, Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return Quote.Of(end < 0 ? message.TrimEnd('.') : message[..end])[1..^1];
    }

    /// <summary>Where lines begin; places are asked for in ascending order.</summary>
    private sealed class LineIndex(byte[] bytes)
    {
        private int _line = 1;
        private int _start;
        private int _scanned;

        public Place Place(int offset)
        {
            for (; _scanned < offset && _scanned < bytes.Length; _scanned++)
            {
                if (bytes[_scanned] == '\n')
                {
                    _line++;
                    _start = _scanned + 1;
                }
            }

            return new Place(_line, offset - _start + 1);
        }
    }
}
