using Metron.Import.Syntax;

namespace Metron.Import.Cisco;

/// <summary>Reads the lines of a file with access lists.</summary>
internal sealed class CiscoReader(ImportLog log)
{
    private readonly Dictionary<string, AccessList> _lists = [];
    private AccessList? _open;

    /// <summary>The access lists by name.</summary>
    public Dictionary<string, AccessList> Read(SourceText source)
    {
        foreach (var (number, line) in source.Lines(log))
        {
            var words = Words.Split(line, number);
            if (words.Count > 0 && words[0].Text[0] == '!')
            {
                _open = null;
            }
            else if (words.Count > 0)
            {
                ReadLine(words, number);
            }
        }

        return _lists;
    }

    private void ReadLine(List<Word> words, int number)
    {
        switch (words.ConvertAll(word => word.Text))
        {
            case ["ip", "access-list", "extended", _] or ["Extended", "IP", "access", "list", _]:
                Open(words[^1].Text, isV6: false, number);
                break;
            case ["ipv6", "access-list", _] or ["IPv6", "access", "list", _]:
                Open(words[^1].Text, isV6: true, number);
                break;
            case ["ip", "access-list", "standard", ..] or ["Standard", "IP", "access", "list", ..]:
                log.Problem(new Place(number), "is a standard access list, which speaks of sources only; write it as an extended one");
                _open = null;
                break;
            case ["access-list", var name, ..]:
                Numbered(name, words, number);
                break;
            case ["exit" or "end" or "exit-ipv6-acl"]:
                _open = null;
                break;
            case ["sequence", ..] when words.Count > 2 && Numbers.TryRead(words[1].Text, int.MaxValue, out var sequence):
                Entry(words[2..], sequence, number);
                break;
            case ["permit" or "deny" or "remark" or "evaluate", ..]:
                Entry(words, null, number);
                break;
            case [var first, ..] when words.Count > 1 && Numbers.TryRead(first, int.MaxValue, out var sequence):
                Entry(words[1..], sequence, number);
                break;
            default:
                log.Problem(words[0].At, $"{Quote.Of(string.Join(' ', words.Select(word => word.Text)))} is no line of an extended access list; "
                    + "give the output of 'show running-config | section access-list' or 'show access-lists'");
                break;
        }
    }

    private void Open(string name, bool isV6, int number)
    {
        _open = new AccessList(name, isV6, new Place(number));
        if (!_lists.TryAdd(name, _open))
        {
            log.Problem(new Place(number), $"access list {Quote.Of(name)} is there already, on line {_lists[name].At.Line}");
        }
    }

    private void Numbered(string name, List<Word> words, int number)
    {
        if (!Numbers.TryRead(name, 2699, out var list) || list is not (>= 100 and <= 199 or >= 2000))
        {
            log.Problem(words[1].At, $"{Quote.Of(name)} is not the number of an extended access list: 100-199 or 2000-2699");
            return;
        }

        _open = _lists.TryGetValue(name, out var known) ? known : _lists[name] = new AccessList(name, isV6: false, new Place(number));
        if (words.Count == 2)
        {
            log.Problem(words[1].At, "is cut off behind the number");
            return;
        }

        Entry(words[2..], null, number);
    }

    private void Entry(List<Word> words, uint? sequence, int number)
    {
        if (_open is null)
        {
            log.Problem(words[0].At, "is an entry outside of an access list");
            return;
        }

        if (words[0].Text == "remark")
        {
            _open.Remark = string.Join(' ', words.Skip(1).Select(word => word.Text));
            return;
        }

        // "show access-lists" of IPv6 has the number at the end of the entry.
        if (words.Count > 3 && words[^2].Text == "sequence" && Numbers.TryRead(words[^1].Text, int.MaxValue, out var last))
        {
            (words, sequence) = (words[..^2], last);
        }

        var entry = new CiscoEntryReader(words, _open.IsV6, log).Read(_open.Remark, new Place(number));
        _open.Remark = string.Empty;
        if (entry is not null && _open.Add(sequence, entry) is { } problem)
        {
            log.Problem(new Place(number), problem);
        }
    }
}
