namespace Metron.Bench;

/// <summary>A group of cases that are measured alike.</summary>
internal interface ISuite
{
    /// <summary>Name on the command line.</summary>
    string Name { get; }

    /// <summary>Names of the cases.</summary>
    IReadOnlyList<string> Cases { get; }

    /// <summary>Who competes in a case.</summary>
    IReadOnlyList<string> Contenders(string caseName);

    /// <summary>Checks that what is to be timed is right, then measures it in rounds in which contenders take turns.</summary>
    /// <exception cref="BenchmarkException">It is not right, or cannot be run here.</exception>
    IEnumerable<Result> Run(string caseName, Options options, Action<string> progress);
}

/// <summary>A case cannot be measured; the message says why.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
