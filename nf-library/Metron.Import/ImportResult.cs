namespace Metron.Import;

/// <summary>What became of a file.</summary>
/// <typeparam name="T">What is imported.</typeparam>
public sealed class ImportResult<T>
    where T : class
{
    internal ImportResult(T? value, ImportLog log)
    {
        (Value, Problems, Notes) = (log.HasProblems ? null : value, log.Problems, log.Notes);
    }

    /// <summary>What was imported; null when there are problems: nothing is imported in part.</summary>
    public T? Value { get; }

    /// <summary>Everything that is wrong or cannot be expressed, in the order in which it was met; at most <see cref="ImportLog.Most"/> and one that says that there are more.</summary>
    public IReadOnlyList<ImportMessage> Problems { get; }

    /// <summary>
    /// Where the import is right but does not do all that the source did: answers that are not sent, packets that are logged no more, packets
    /// that the source says nothing about and Metron drops. Never where more would be let through.
    /// </summary>
    public IReadOnlyList<ImportMessage> Notes { get; }
}
