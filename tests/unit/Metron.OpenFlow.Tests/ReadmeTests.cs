namespace Metron.OpenFlow.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void The_example_in_the_README_is_the_one_that_compiles()
    {
        var shown = File.ReadAllText("README.md").Split("```csharp\n")[1].Split("```")[0];
        var compiled = File.ReadAllText("Samples/ReadmeExample.cs").Split("// README begins.\n")[1].Split("        // README ends.")[0];
        Assert.Equal(shown, string.Join('\n', compiled.Split('\n').Select(line => line.StartsWith("        ", StringComparison.Ordinal) ? line[8..] : line)));
    }
}
