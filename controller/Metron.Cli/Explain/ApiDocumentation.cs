using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Metron.Cli.Explain;

/// <summary>The API with the comments of its .proto files, embedded when this program was built.</summary>
internal static partial class ApiDocumentation
{
    private const string Resource = "metron.protoset";
    private const string ProtoPackage = "metron.v1";

    private static readonly Lazy<IReadOnlyList<FileDescriptor>> Files = new(Load);

    /// <summary>A message by its name within the API's package.</summary>
    public static MessageDescriptor Message(string name) =>
        Files.Value.Where(file => file.Package == ProtoPackage).SelectMany(file => file.MessageTypes).Single(message => message.Name == name);

    /// <summary>The comment above a declaration, as paragraphs; field names in the spelling of specs. Empty when there is none.</summary>
    public static IReadOnlyList<string> Comment(IDescriptor descriptor)
    {
        var declaration = descriptor switch
        {
            MessageDescriptor message => message.Declaration,
            FieldDescriptor field => field.Declaration,
            EnumDescriptor type => type.Declaration,
            EnumValueDescriptor value => value.Declaration,
            _ => null,
        };
        var text = declaration?.LeadingComments ?? string.Empty;
        return
        [
            .. text.Split("\n\n")
                .Select(paragraph => string.Join(' ', paragraph.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
                .Where(paragraph => paragraph.Length > 0)
                .Select(paragraph => SnakeCase().Replace(paragraph, match => JsonName(match.Value))),
        ];
    }

    private static IReadOnlyList<FileDescriptor> Load()
    {
        using var stream = typeof(ApiDocumentation).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from this build.");
        var set = FileDescriptorSet.Parser.ParseFrom(stream);
        return FileDescriptor.BuildFromByteStrings(set.File.Select(file => file.ToByteString()));
    }

    private static string JsonName(string text) => Underscore().Replace(text, match => match.Groups[1].Value.ToUpperInvariant());

    [GeneratedRegex("`[a-z0-9]+(_[a-z0-9]+)+`")]
    private static partial Regex SnakeCase();

    [GeneratedRegex("_([a-z0-9])")]
    private static partial Regex Underscore();
}
