using Metron.Import.Syntax;

namespace Metron.Import;

/// <summary>Collects what an importer has to say about a file. Bounded, as a hostile file can have a problem for every few bytes.</summary>
public sealed class ImportLog(string file)
{
    /// <summary>Most problems, and most notes, that are kept.</summary>
    public const int Most = 100;

    private readonly List<ImportMessage> _problems = [];
    private readonly List<ImportMessage> _notes = [];
    private int _untold;

    /// <summary>File as the operator named it.</summary>
    public string File { get; set; } = file;

    /// <summary>Whether nothing can be imported.</summary>
    public bool HasProblems => _problems.Count > 0;

    /// <summary>Whether so many problems were found that looking for more is of no use.</summary>
    public bool IsFull => _problems.Count >= Most;

    /// <summary>The problems, the last of which says how many more there are.</summary>
    public IReadOnlyList<ImportMessage> Problems => _untold == 0
        ? [.. _problems]
        : [.. _problems, new ImportMessage(File, 0, 0, $"{_untold} more problems")];

    /// <summary>The notes.</summary>
    public IReadOnlyList<ImportMessage> Notes => [.. _notes];

    /// <summary>Says what is wrong at a place.</summary>
    public void Problem(Place at, string message)
    {
        if (IsFull)
        {
            _untold++;
        }
        else
        {
            _problems.Add(new ImportMessage(File, at.Line, at.Column, message));
        }
    }

    /// <summary>Says what is done differently at a place.</summary>
    public void Note(Place at, string message)
    {
        if (_notes.Count < Most)
        {
            _notes.Add(new ImportMessage(File, at.Line, at.Column, message));
        }
    }

    /// <summary>The result: the value when there is no problem.</summary>
    public ImportResult<T> Result<T>(T? value)
        where T : class => new(value, this);
}
