namespace Metron.Architecture.Tests;

/// <summary>The projects are where docs/architecture.md says, and depend on what it says.</summary>
public class DependencyGraphTests
{
    private static readonly string[] s_mayBeUnsafe = ["Metron.Packets", "Metron.Dpdk", "Metron.Dataplane", "Metron.Inspection", "Metron.Kernel"];

    public static TheoryData<string> ProjectNames => [.. Repository.Projects.Select(project => project.Name)];

    [Fact]
    public void The_document_and_the_repository_are_both_read()
    {
        Assert.Contains("Synthesis", StatedArchitecture.Dependencies["NetworkFunctions"]);
        Assert.Contains("Packets", StatedArchitecture.Dependencies["Controller"]);
        Assert.Empty(StatedArchitecture.Dependencies["OpenFlow"]);
        Assert.Contains(Repository.Projects, project => project.Name == "Metron.Packets");
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_refers_only_to_what_the_document_lets_it_depend_on(string name)
    {
        var project = Find(name);
        Assert.True(StatedArchitecture.Dependencies.ContainsKey(Short(name)), $"docs/architecture.md does not say what {name} depends on");
        var undue = project.References.Where(reference => !StatedArchitecture.Dependencies[Short(name)].Contains(Short(reference))).ToArray();
        Assert.True(undue.Length == 0, $"{name} refers to {string.Join(", ", undue)}, which docs/architecture.md does not allow");
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_lies_where_the_document_says(string name)
    {
        Assert.True(StatedArchitecture.Folders.TryGetValue(name, out var folder), $"docs/architecture.md's layout has no {name}");
        Assert.Equal(folder, Find(name).Folder);
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void Unsafe_code_stays_behind_its_fences(string name) =>
        Assert.True(!Find(name).AllowsUnsafe || s_mayBeUnsafe.Contains(name), $"{name} allows unsafe code");

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_says_in_its_README_what_it_is_for(string name) =>
        Assert.True(File.Exists(Path.Combine(Repository.Root, Find(name).Folder, "README.md")), $"{name} has no README.md");

    [Fact]
    public void The_stated_graph_has_no_cycle()
    {
        foreach (var (name, reached) in StatedArchitecture.Dependencies)
        {
            Assert.DoesNotContain(name, reached);
        }
    }

    [Fact]
    public void Every_project_is_part_of_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Metron.sln"));
        Assert.All(Repository.Projects, project => Assert.Contains($"\"{project.Name}\"", solution, StringComparison.Ordinal));
    }

    private static Project Find(string name) => Repository.Projects.Single(project => project.Name == name);

    private static string Short(string name) => name["Metron.".Length..];
}
