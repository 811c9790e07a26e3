using Metron.Balancing.Simulation;
using Metron.Cli.Specs;
using Metron.Mapping;

namespace Metron.Cli.Simulate;

/// <summary>A scenario that was read from a file.</summary>
/// <param name="Scenario">The scenario; what the file does not say is as by default.</param>
/// <param name="Policies">The policies that it names; empty when it names none.</param>
/// <param name="Problems">Everything that is wrong with the file's form.</param>
internal sealed record ScenarioFile(SimulationScenario Scenario, IReadOnlyList<string> Policies, IReadOnlyList<SpecProblem> Problems)
{
    private static readonly string[] s_parts = ["traffic", "cost", "balancer"];

    /// <summary>Reads YAML or JSON.</summary>
    /// <param name="name">The file, or "-" for standard input.</param>
    /// <param name="standardInput">Standard input.</param>
    public static ScenarioFile Read(string name, Stream standardInput)
    {
        var reader = new Reader(name == "-" ? "stdin" : name);
        try
        {
            using var file = name == "-" ? null : new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var documents = YamlReader.Read(SpecBytes.ReadText(file ?? standardInput));
            if (documents is [YamlMapping scenario])
            {
                reader.ReadFields(scenario, string.Empty);
            }
            else
            {
                reader.Refuse(documents.Count > 0 ? documents[^1].At : null, string.Empty, "a scenario is one mapping, such as 'cores: 8'");
            }
        }
        catch (SpecException error)
        {
            reader.Refuse(error.At, error.Path, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            reader.Refuse(null, string.Empty, error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : $"cannot be read: {error.Message}");
        }

        return new ScenarioFile(reader.Scenario, reader.Policies, reader.Problems);
    }

    private sealed class Reader(string file)
    {
        public SimulationScenario Scenario { get; private set; } = new();

        public List<string> Policies { get; } = [];

        public List<SpecProblem> Problems { get; } = [];

        public void Refuse(Position? at, string path, string message) => Problems.Add(new SpecProblem(file, at, path, message));

        public void ReadFields(YamlMapping mapping, string prefix)
        {
            var seen = new HashSet<string>();
            foreach (var (key, at, value) in mapping.Entries)
            {
                var path = prefix + key;
                if (!seen.Add(key))
                {
                    Refuse(at, SpecText.Printable(path), "is given twice; keep one");
                }
                else if (prefix.Length == 0 && s_parts.Contains(key))
                {
                    ReadPart(value, path);
                }
                else if (path == "policies")
                {
                    ReadPolicies(value);
                }
                else
                {
                    ReadField(path, at, value);
                }
            }
        }

        private void ReadPart(YamlValue value, string path)
        {
            if (value is YamlMapping part)
            {
                ReadFields(part, path + ".");
            }
            else
            {
                Refuse(value.At, path, $"takes a mapping, not {value.Describe()}");
            }
        }

        private void ReadField(string path, Position at, YamlValue value)
        {
            var field = ScenarioField.All.FirstOrDefault(known => known.Path == path);
            if (field is null)
            {
                var names = ScenarioField.All.Select(known => known.Path).Concat(s_parts).Append("policies").ToList();
                Refuse(at, SpecText.Printable(path), $"there is no such field{Suggestion.Phrase(path, names)}");
            }
            else if (value is YamlScalar scalar && field.Set(Scenario, scalar) is { } changed)
            {
                Scenario = changed;
            }
            else
            {
                Refuse(value.At, path, $"takes {field.Takes}, not {value.Describe()}");
            }
        }

        private void ReadPolicies(YamlValue value)
        {
            if (value is not YamlList list)
            {
                Refuse(value.At, "policies", $"takes a list, not {value.Describe()}");
                return;
            }

            foreach (var item in list.Items)
            {
                if (item is YamlScalar scalar && Simulator.Policies.Contains(scalar.Text))
                {
                    Policies.Add(scalar.Text);
                }
                else
                {
                    Refuse(item.At, "policies", $"takes names among {string.Join(", ", Simulator.Policies)}, not {item.Describe()}");
                }
            }
        }
    }
}
