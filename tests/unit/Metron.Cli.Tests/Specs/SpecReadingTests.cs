using CsCheck;
using Google.Protobuf;
using Metron.Cli.Output;
using Metron.Cli.Specs;
using Metron.Cli.Tests.Fakes;
using Metron.Mapping;

namespace Metron.Cli.Tests.Specs;

public sealed class SpecReadingTests
{
    public static TheoryData<string> Examples =>
        [.. Directory.GetFiles(Path.Combine(TestFolder.Repository, "deploy/examples"), "*.yaml").Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_read_without_a_problem(string name)
    {
        var files = SpecFiles.Read([Path.Combine(TestFolder.Repository, "deploy/examples", name)], Stream.Null).Checked();

        Assert.Empty(files.Problems);
        Assert.All(files.Documents, document => Assert.NotEmpty(document.Chain.Spec.Endpoints));
    }

    [Fact]
    public void A_chain_printed_as_yaml_or_json_reads_back_as_the_same_chain()
    {
        var chain = Samples.Chain();

        Assert.Equal(chain, Assert.Single(Read(MessageText.Yaml(chain)).Documents).Chain);
        Assert.Equal(chain, Assert.Single(Read(MessageText.Json(chain)).Documents).Chain);
        Assert.Equal([chain, chain], Read(MessageText.Json([chain, chain])).Documents.Select(document => document.Chain));
    }

    [Fact]
    public void Any_text_survives_yaml_and_json() => Gen.String[Gen.Char['\0', '\ud7ff'], 0, 12].Sample(text =>
    {
        var chain = new V1.ServiceChain { Name = text };
        chain.Labels[text] = text;
        var expected = text.Length == 0 ? new V1.ServiceChain(chain) : chain;
        return Same(MessageText.Yaml(chain), expected) && Same(MessageText.Json(chain), expected);

        static bool Same(string file, V1.ServiceChain chain)
        {
            var files = Read(file);
            return files.Problems.Count == 0 && files.Documents[0].Chain.Equals(chain);
        }
    });

    [Fact]
    public void Yaml_means_what_the_json_mapping_means()
    {
        var chain = Samples.Chain();
        var viaYaml = Read(MessageText.Yaml(chain)).Documents[0].Chain;

        Assert.Equal(JsonFormatter.Default.Format(chain), JsonFormatter.Default.Format(viaYaml));
        Assert.Equal(JsonParser.Default.Parse<V1.ServiceChain>(MessageText.Json(chain)), viaYaml);
    }

    [Fact]
    public void Enums_may_be_written_in_lower_case() =>
        Assert.Equal(V1.EndpointRole.Ingress, Read("name: a\nspec: {endpoints: [{role: ingress}]}").Documents[0].Chain.Spec.Endpoints[0].Role);

    [Fact]
    public void Several_documents_and_byte_order_marks_are_read()
    {
        var files = Read("\ufeff---\nname: a\nspec: {}\n---\n# nothing\n---\n{\"name\": \"b\", \"spec\": {}}\n...\n");

        Assert.Equal(["a", "b"], files.Documents.Select(document => document.Chain.Name));
        Assert.Empty(files.Problems);
    }

    [Theory]
    [InlineData("name", 1, 7)]
    [InlineData("labels[\"a.b\"]", 2, 17)]
    [InlineData("spec", 3, 1)]
    [InlineData("spec.endpoints", 4, 3)]
    [InlineData("spec.endpoints[0]", 5, 7)]
    [InlineData("spec.endpoints[0].port", 6, 13)]
    [InlineData("spec.endpoints[0].switch", 5, 7)]
    [InlineData("spec.endpoints[1]", 4, 3)]
    [InlineData("spec.resources.minCores", 3, 1)]
    [InlineData("spec.functions[0].name", 7, 22)]
    [InlineData("", 1, 1)]
    [InlineData("nonsense[[", 1, 1)]
    public void Paths_are_found_in_the_file_or_the_nearest_place_is(string path, int line, int column)
    {
        var document = Assert.Single(Read("""
            name: web
            labels: {"a.b": c}
            spec:
              endpoints:
                - name: a
                  port: 1
              functions: [{name: f}]
            """).Documents);

        Assert.Equal(new Position(line, column), document.Locate(path));
    }

    [Fact]
    public void Every_field_of_a_chain_has_a_type_that_can_be_read()
    {
        var messages = new HashSet<string>();
        Visit(V1.ServiceChain.Descriptor);

        void Visit(Google.Protobuf.Reflection.MessageDescriptor message)
        {
            if (!messages.Add(message.FullName))
            {
                return;
            }

            foreach (var field in message.Fields.InDeclarationOrder())
            {
                var problems = new List<string>();

                // Text is wrong for most fields: what matters is that the reader answers instead of failing.
                var value = new YamlMapping(default, [new YamlEntry(field.JsonName, default, new YamlScalar(default, "x", isPlain: true))]);
                new MessageReader((_, path, message) => problems.Add($"{path}: {message}")).Read(message.Parser.ParseFrom(ByteString.Empty), value, string.Empty);
                if (field.FieldType == Google.Protobuf.Reflection.FieldType.Message && !field.IsMap && field.MessageType.File.Package == "metron.v1")
                {
                    Visit(field.MessageType);
                }
            }
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_one_problem() =>
        Assert.Equal("/nowhere/x.yaml: there is no such file", Assert.Single(SpecFiles.Read(["/nowhere/x.yaml"], Stream.Null).Problems).ToString());

    [Fact]
    public void Large_specs_within_the_limits_are_read()
    {
        var rules = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"      - {{action: DENY, match: {{source: 10.{i >> 8 & 255}.{i & 255}.1}}}}\n"));
        var files = Read($"name: a\nspec:\n  endpoints: [{{name: e, switch: s, port: 1}}]\n  functions:\n  - name: f\n    firewall:\n     rules:\n{rules}").Checked();

        Assert.Empty(files.Problems);
        Assert.Equal(50_000, files.Documents[0].Chain.Spec.Functions[0].Firewall.Rules.Count);
    }

    [Fact]
    public void A_file_with_endless_problems_is_given_up()
    {
        var problems = Read("name: a\nspec: {" + string.Concat(Enumerable.Repeat("a: 1, ", 5000)) + "}").Problems;

        Assert.Equal(1001, problems.Count);
        Assert.EndsWith("the rest of the file is not checked", problems[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_are_read_or_refused() => Gen.Byte.Array[0, 200].Sample(bytes => ReadsOrRefuses(bytes));

    [Fact]
    public void Damaged_specs_are_read_or_refused()
    {
        var bytes = File.ReadAllBytes(Path.Combine(TestFolder.Repository, "deploy/examples/firewall-router-napt.yaml"));
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length - 1]).Sample(
            (at, value, cut) =>
            {
                var damaged = bytes.ToArray();
                damaged[at] = value;
                return ReadsOrRefuses(damaged) && ReadsOrRefuses(damaged[..cut]);
            },
            iter: 300);
    }

    private static bool ReadsOrRefuses(byte[] bytes)
    {
        var files = SpecFiles.Read(["-"], new MemoryStream(bytes)).Checked();
        return files.Problems.Count > 0 || files.Documents.All(document => ServiceChainMapper.Map(document.Chain).Violations.Count == 0);
    }

    private static SpecFiles Read(string text) => SpecFiles.Read(["-"], new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)));
}
