using System.Text;
using Metron.Import.Syntax;

namespace Metron.Import.Click;

/// <summary>Kinds of tokens of a Click file.</summary>
internal enum ClickTokenKind
{
    Word,
    Configuration,
    Sign,
}

/// <summary>A token: a word, a configuration in parentheses (its text without comments), or a sign.</summary>
internal readonly record struct ClickToken(ClickTokenKind Kind, string Text, Place At);

/// <summary>Splits a Click file into tokens.</summary>
internal sealed class ClickLexer(string text, ImportLog log)
{
    private static readonly string[] Signs = ["::", "->", "=>", ",", ";", "[", "]", "{", "}", "|"];
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private Place Here => new(_line, _at - _lineStart + 1);

    /// <summary>All tokens; what cannot be read is reported.</summary>
    public List<ClickToken> Read()
    {
        List<ClickToken> tokens = [];
        while (SkipBlanks() && !log.HasProblems)
        {
            var at = Here;
            if (text[_at] == '(')
            {
                tokens.Add(new ClickToken(ClickTokenKind.Configuration, Configuration(at), at));
            }
            else if (IsWord(text[_at]))
            {
                var start = _at;
                while (_at < text.Length && IsWord(text[_at]))
                {
                    _at++;
                }

                tokens.Add(new ClickToken(ClickTokenKind.Word, text[start.._at], at));
            }
            else if (Array.Find(Signs, sign => text.AsSpan(_at).StartsWith(sign, StringComparison.Ordinal)) is { } found)
            {
                _at += found.Length;
                tokens.Add(new ClickToken(ClickTokenKind.Sign, found, at));
            }
            else
            {
                log.Problem(at, $"{Quote.Of(text[_at].ToString())} is not part of the Click language");
            }
        }

        return tokens;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '@' or '/' or '$' or '.';

    private void Advance()
    {
        if (text[_at] == '\n')
        {
            _line++;
            _lineStart = _at + 1;
        }

        _at++;
    }

    /// <summary>Skips blanks, comments, and lines that a preprocessor left ("# 1 …").</summary>
    private bool SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (char.IsWhiteSpace(text[_at]))
            {
                Advance();
            }
            else if (!SkipComment())
            {
                return true;
            }
        }

        return false;
    }

    private bool SkipComment()
    {
        var rest = text.AsSpan(_at);
        if (rest.StartsWith("//") || (rest[0] == '#' && Here.Column == 1))
        {
            while (_at < text.Length && text[_at] != '\n')
            {
                _at++;
            }

            return true;
        }

        if (!rest.StartsWith("/*"))
        {
            return false;
        }

        var at = Here;
        var length = rest[2..].IndexOf("*/");
        if (length < 0)
        {
            log.Problem(at, "a comment begins here and does not end");
            _at = text.Length;
            return true;
        }

        for (var i = 0; i < length + 4; i++)
        {
            Advance();
        }

        return true;
    }

    /// <summary>What stands between balanced parentheses; comments become a blank, line ends stay so that lines can be told.</summary>
    private string Configuration(Place open)
    {
        var found = new StringBuilder();
        Advance();
        for (var depth = 1; _at < text.Length;)
        {
            var line = _line;
            if (SkipComment())
            {
                found.Append(' ').Append('\n', _line - line);
                continue;
            }

            depth += text[_at] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                Advance();
                return found.ToString();
            }

            found.Append(text[_at]);
            Advance();
        }

        log.Problem(open, "a parenthesis opens here and does not close");
        return found.ToString();
    }
}
