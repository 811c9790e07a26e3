namespace Metron.Dataplane.Nics;

/// <summary>A NIC did not do what it was told.</summary>
public sealed class NicException : Exception
{
    /// <summary>For failures of the NIC as a whole.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="inner">Why, if something else told.</param>
    public NicException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>For an entry of the indirection table that does not hold what was written.</summary>
    /// <param name="entry">Number of the entry.</param>
    /// <param name="wanted">Queue that was written.</param>
    /// <param name="found">Queue that was read back.</param>
    public NicException(int entry, ushort wanted, ushort found)
        : base($"entry {entry} of the indirection table should name queue {wanted} and names {found}") =>
        (Entry, Wanted, Found) = (entry, wanted, found);

    /// <summary>Number of the entry; null when the failure is not about one.</summary>
    public int? Entry { get; }

    /// <summary>Queue that was written to the entry.</summary>
    public ushort? Wanted { get; }

    /// <summary>Queue that the entry names instead.</summary>
    public ushort? Found { get; }
}
