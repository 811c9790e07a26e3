using Metron.Cli.Explain;
using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

public sealed class ExplainTests
{
    [Theory]
    [InlineData("explain-chain-spec.txt", "chain.spec")]
    [InlineData("explain-rule.txt", "chain.spec.functions[3].firewall.rules[0]")]
    [InlineData("explain-action.txt", "chain.spec.functions.firewall.rules.action")]
    [InlineData("explain-function.txt", "chain.spec.functions")]
    [InlineData("explain-port-block-size.txt", "chain.spec.functions.napt.portBlockSize")]
    [InlineData("explain-labels.txt", "chain.labels")]
    [InlineData("explain-agent.txt", "agent")]
    public async Task The_documentation_is_that_of_the_api(string file, string path)
    {
        var result = await CliRun.Async(["explain", path]);

        Assert.Equal(ExitCode.Success, result.ExitCode);
        Golden.Equal(file, result.Output);
    }

    [Fact]
    public async Task All_fields_are_listed_as_a_tree()
    {
        var result = await CliRun.Async(["explain", "chain.spec", "--recursive"]);

        Golden.Equal("explain-recursive.txt", result.Output);
    }

    [Theory]
    [InlineData("chain")]
    [InlineData("agent")]
    [InlineData("switch")]
    public void Every_field_and_value_has_a_comment(string kind)
    {
        var bare = new List<string>();
        Visit(FieldPath.Find(kind));

        Assert.Empty(bare);

        void Visit(FieldPath path)
        {
            foreach (var field in path.Below?.Fields.InDeclarationOrder() ?? [])
            {
                var below = FieldPath.Find($"{path.Text}.{field.JsonName}");
                if (ApiDocumentation.Comment(field).Count == 0)
                {
                    bare.Add(below.Text);
                }

                if (field.FieldType == Google.Protobuf.Reflection.FieldType.Enum)
                {
                    bare.AddRange(field.EnumType.Values.Where(value => ApiDocumentation.Comment(value).Count == 0).Select(value => value.FullName));
                }

                Visit(below);
            }
        }
    }
}
