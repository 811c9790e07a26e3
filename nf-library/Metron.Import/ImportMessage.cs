using System.Globalization;

namespace Metron.Import;

/// <summary>What an importer has to say about a place of a file: a problem that keeps it from importing, or a note about what it did.</summary>
/// <param name="File">File as the operator named it.</param>
/// <param name="Line">Line from 1; of an MRT file the record, from 1; 0 when the file as a whole is meant.</param>
/// <param name="Column">Column from 1, in characters; 0 when the line as a whole is meant.</param>
/// <param name="Message">What is wrong, why, and how to mend it, in one line without a full stop.</param>
public sealed record ImportMessage(string File, int Line, int Column, string Message)
{
    /// <summary>"FILE:LINE:COLUMN: message", as compilers print.</summary>
    public override string ToString() => (Line, Column) switch
    {
        (0, _) => $"{File}: {Message}",
        (_, 0) => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}: {Message}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}: {Message}"),
    };
}
