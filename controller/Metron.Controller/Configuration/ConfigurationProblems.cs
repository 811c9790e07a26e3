namespace Metron.Controller.Configuration;

/// <summary>Collects what is wrong with a configuration, each with the place where it stands and how to mend it.</summary>
public sealed class ConfigurationProblems
{
    private readonly List<string> _problems = [];

    /// <summary>The problems in the order found: "place: what is wrong; what would be right".</summary>
    public IReadOnlyList<string> All => _problems;

    /// <summary>Notes a problem.</summary>
    /// <param name="place">File and key, environment variable, or option.</param>
    /// <param name="problem">What is wrong and how to mend it.</param>
    public void Add(string place, string problem) => _problems.Add($"{place}: {problem}");
}

/// <summary>The configuration is wrong and nothing was started.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problems">Every problem found.</param>
    public ConfigurationException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>Every problem found.</summary>
    public IReadOnlyList<string> Problems { get; }
}
