using System.Text;

namespace Metron.OpenFlow;

/// <summary>Keeps what peers say from breaking lines of a log or commanding a terminal.</summary>
internal static class OneLine
{
    /// <summary>The text with a question mark for every control character.</summary>
    public static string Of(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
            {
                text[i] = '?';
            }
        }

        return text.ToString();
    }
}
