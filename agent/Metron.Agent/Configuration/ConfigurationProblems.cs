namespace Metron.Agent.Configuration;

/// <summary>Collects what is wrong with a configuration file.</summary>
/// <param name="file">The file.</param>
internal sealed class ConfigurationProblems(string file)
{
    private readonly List<string> _problems = [];

    /// <summary>The problems in the order found: "file: key: what is wrong; what would be right".</summary>
    public IReadOnlyList<string> All => _problems;

    /// <summary>Notes a problem.</summary>
    /// <param name="key">Where in the file: "ports[0].device"; empty: the file as a whole.</param>
    /// <param name="problem">What is wrong, and how to mend it.</param>
    public void Add(string key, string problem) => _problems.Add(key.Length == 0 ? $"{file}: {problem}" : $"{file}: {key}: {problem}");
}

/// <summary>The configuration is wrong; nothing was started.</summary>
/// <param name="problems">Every problem found.</param>
internal sealed class ConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>Every problem found.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
