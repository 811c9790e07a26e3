using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Metron.Controller.Chains;

/// <summary>Where a page of a list begins, as text that callers hand back unread: the name after which it begins.</summary>
internal static class PageToken
{
    private const string Version = "1:";

    /// <summary>The token of the page after a name.</summary>
    public static string After(string name) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Version + name));

    /// <summary>Reads a token; the empty one begins at the start.</summary>
    public static bool TryRead(string token, [NotNullWhen(true)] out string? after)
    {
        after = string.Empty;
        if (token.Length == 0)
        {
            return true;
        }

        after = null;
        if (token.Length > 1024 || !Base64Url.IsValid(token))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        after = text.StartsWith(Version, StringComparison.Ordinal) ? text[Version.Length..] : null;
        return after is not null;
    }
}
