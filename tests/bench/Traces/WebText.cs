using System.Globalization;
using System.Text;

namespace Metron.Bench.Traces;

/// <summary>Text like that of HTTP: headers, then words in markup. The same random numbers give the same text.</summary>
internal static class WebText
{
    private const int ShortestWord = 3;
    private const int WordLengths = 9;

    private static readonly string[] Headers =
    [
        "Host: www.{0}.example\r\n", "User-Agent: Mozilla/5.0 (X11; Linux x86_64) {0}/{1}\r\n", "Accept: text/html,application/{0};q=0.{1}\r\n",
        "Cookie: {0}={1}; session={1}\r\n", "Content-Type: text/{0}; charset=utf-8\r\n", "Cache-Control: max-age={1}\r\n",
        "Referer: https://{0}.example/{0}?id={1}\r\n", "ETag: \"{1}-{0}\"\r\n",
    ];

    /// <summary>Text of at least so many bytes.</summary>
    public static byte[] Build(SplitMix64 random, int length)
    {
        var text = new StringBuilder(length + 128);
        text.Append(CultureInfo.InvariantCulture, $"GET /{Word(random)}/{Word(random)}?{Word(random)}={random.Next(1_000_000)} HTTP/1.1\r\n");
        for (var i = 0; i < 6; i++)
        {
            text.AppendFormat(CultureInfo.InvariantCulture, Headers[random.Next(Headers.Length)], Word(random), random.Next(1_000_000));
        }

        text.Append("\r\n");
        while (text.Length < length)
        {
            text.Append(random.Next(8) == 0 ? "</p>\n<p class=\"" + Word(random) + "\">" : Word(random) + " ");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>A word of small letters.</summary>
    public static string Word(SplitMix64 random, int longerBy = 0)
    {
        var letters = new char[ShortestWord + longerBy + random.Next(WordLengths)];
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = (char)('a' + random.Next(26));
        }

        return new string(letters);
    }
}
