using System.Globalization;
using Metron.Import.Syntax;

namespace Metron.Import.Click;

/// <summary>An element.</summary>
internal sealed record ClickElement(string Name, string Class, string Configuration, Place At)
{
    /// <summary>Its arguments, with the places where they begin (lines only).</summary>
    public List<(string Text, Place At)> Arguments()
    {
        List<(string, Place)> arguments = [];
        var line = At.Line;
        foreach (var part in Configuration.Split(','))
        {
            var lead = part.TakeWhile(char.IsWhiteSpace).Count(c => c == '\n');
            if (part.Trim().Length > 0)
            {
                arguments.Add((part.Trim().Replace('\n', ' '), new Place(line + lead)));
            }

            line += part.Count(c => c == '\n');
        }

        return arguments;
    }
}

/// <summary>A connection of two elements' ports.</summary>
internal readonly record struct ClickConnection(ClickElement From, int FromPort, ClickElement To, int ToPort);

/// <summary>Elements and connections of a Click file.</summary>
internal sealed class ClickConfiguration
{
    private const int MostPort = 1023;
    private readonly List<ClickToken> _tokens;
    private readonly ImportLog _log;
    private readonly Dictionary<string, ClickElement> _named = [];
    private int _next;

    private ClickConfiguration(List<ClickToken> tokens, ImportLog log) => (_tokens, _log) = (tokens, log);

    /// <summary>The elements in the order in which they are first written.</summary>
    public List<ClickElement> Elements { get; } = [];

    /// <summary>The connections.</summary>
    public List<ClickConnection> Connections { get; } = [];

    private string Peek => _next < _tokens.Count ? _tokens[_next].Text : string.Empty;

    private bool AtWord => _next < _tokens.Count && _tokens[_next].Kind == ClickTokenKind.Word;

    private bool AtConfiguration => _next < _tokens.Count && _tokens[_next].Kind == ClickTokenKind.Configuration;

    /// <summary>Reads a file; the first thing that is wrong is reported and ends reading.</summary>
    public static ClickConfiguration Read(SourceText source, ImportLog log)
    {
        var configuration = new ClickConfiguration(new ClickLexer(source.Text, log).Read(), log);
        configuration.Declare();
        while (!log.HasProblems && configuration._next < configuration._tokens.Count)
        {
            configuration.Statement();
        }

        return configuration;
    }

    /// <summary>Finds "name :: Class" first, as a connection may name an element that is declared behind it.</summary>
    private void Declare()
    {
        for (var i = 0; i + 2 < _tokens.Count; i++)
        {
            if (_tokens[i + 1] is not { Kind: ClickTokenKind.Sign, Text: "::" } || _tokens[i + 2].Kind != ClickTokenKind.Word)
            {
                continue;
            }

            var configuration = i + 3 < _tokens.Count && _tokens[i + 3].Kind == ClickTokenKind.Configuration ? _tokens[i + 3].Text : string.Empty;
            for (var name = i; name >= 0 && _tokens[name].Kind == ClickTokenKind.Word; name -= 2)
            {
                var element = new ClickElement(_tokens[name].Text, _tokens[i + 2].Text, configuration, _tokens[i + 2].At);
                if (!_named.TryAdd(element.Name, element))
                {
                    _log.Problem(_tokens[name].At, $"element {Quote.Of(element.Name)} is declared a second time");
                }

                if (name < 2 || _tokens[name - 1].Text != ",")
                {
                    break;
                }
            }
        }
    }

    private void Statement()
    {
        if (Peek == ";")
        {
            _next++;
            return;
        }

        if (Peek is "elementclass" or "define" or "provide" or "{" or "}" or "|")
        {
            Fail($"{Quote.Of(Peek)} is not imported; write out compound elements and parameters");
            return;
        }

        if (Peek == "require")
        {
            _next += _next + 1 < _tokens.Count && _tokens[_next + 1].Kind == ClickTokenKind.Configuration ? 2 : 1;
            return;
        }

        if (Endpoint() is not { } from)
        {
            return;
        }

        while (Peek == "->" && !_log.HasProblems)
        {
            _next++;
            if (Endpoint() is not { } to)
            {
                return;
            }

            Connections.Add(new ClickConnection(from.Element, from.Out, to.Element, to.In));
            from = to;
        }

        if (_next < _tokens.Count && Peek != ";")
        {
            Fail($"expected '->' or ';' before {Quote.Of(Peek)}");
        }
    }

    private (ClickElement Element, int In, int Out)? Endpoint()
    {
        var inPort = Port();
        if (!AtWord)
        {
            Fail(_next < _tokens.Count ? $"expected an element before {Quote.Of(Peek)}" : "the file is cut off where an element is expected");
            return null;
        }

        var word = _tokens[_next++];
        while (Peek == ",") // "a, b :: Class" declares both
        {
            Known(word);
            _next++;
            if (!AtWord)
            {
                Fail("expected the name of an element behind ','");
                return null;
            }

            word = _tokens[_next++];
        }

        if (Peek == "::")
        {
            _next += 2;
        }

        var configuration = AtConfiguration ? _tokens[_next++].Text : string.Empty;
        return Known(word) is { } named ? (named, inPort, Port()) : (Anonymous(word, configuration), inPort, Port());
    }

    private ClickElement? Known(ClickToken word)
    {
        if (_named.TryGetValue(word.Text, out var named) && !Elements.Contains(named))
        {
            Elements.Add(named);
        }

        return named;
    }

    private ClickElement Anonymous(ClickToken word, string configuration)
    {
        var element = new ClickElement(string.Create(CultureInfo.InvariantCulture, $"{word.Text}@{Elements.Count + 1}"), word.Text, configuration, word.At);
        Elements.Add(element);
        return element;
    }

    private int Port()
    {
        if (Peek != "[")
        {
            return 0;
        }

        if (_next + 2 >= _tokens.Count || !Numbers.TryRead(_tokens[_next + 1].Text, MostPort, out var port) || _tokens[_next + 2].Text != "]")
        {
            Fail("is not a port such as [0]");
            return 0;
        }

        _next += 3;
        return (int)port;
    }

    private void Fail(string message)
    {
        _log.Problem(_next < _tokens.Count ? _tokens[_next].At : _tokens.Count > 0 ? _tokens[^1].At : default, message);
        _next = _tokens.Count;
    }
}
