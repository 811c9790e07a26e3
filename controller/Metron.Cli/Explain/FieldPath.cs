using Google.Protobuf.Reflection;
using Metron.Mapping;

namespace Metron.Cli.Explain;

/// <summary>What `explain` is asked about: a kind of thing, and perhaps a field of it.</summary>
/// <param name="Text">The path as specs write it.</param>
/// <param name="Message">The message that it leads to or that the field belongs to.</param>
/// <param name="Field">The field; null for a kind as a whole.</param>
internal sealed record FieldPath(string Text, MessageDescriptor Message, FieldDescriptor? Field)
{
    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["chain"] = "ServiceChain",
        ["agent"] = "Agent",
        ["switch"] = "Switch",
    };

    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["chains"] = "chain",
        ["agents"] = "agent",
        ["switches"] = "switch",
    };

    /// <summary>What the kinds are called.</summary>
    public static IReadOnlyCollection<string> KindNames => Kinds.Keys;

    /// <summary>Finds "chain.spec.functions.firewall"; indices as in "functions[1]" are ignored.</summary>
    /// <exception cref="CommandException">There is no such field.</exception>
    public static FieldPath Find(string path)
    {
        var steps = path.Split('.').Select(step => step.Split('[')[0]).ToList();
        var kind = Aliases.GetValueOrDefault(steps[0], steps[0]);
        if (!Kinds.TryGetValue(kind, out var message))
        {
            throw new CommandException(
                ExitCode.BadInput, $"there is no kind {Specs.SpecText.Quote(steps[0])}{Suggestion.Phrase(steps[0], Kinds.Keys)}");
        }

        var found = new FieldPath(kind, ApiDocumentation.Message(message), null);
        return steps.Skip(1).Aggregate(found, (at, step) => at.Into(step));
    }

    /// <summary>The message whose fields lie below; null below text, numbers and the like.</summary>
    public MessageDescriptor? Below => Field is null ? Message : FieldType.MessageOf(Field);

    private FieldPath Into(string step)
    {
        if (Below is not { } message)
        {
            throw new CommandException(ExitCode.BadInput, $"{Text} is {FieldType.Name(Field!)} and has no fields");
        }

        var fields = message.Fields.InDeclarationOrder();
        var field = fields.FirstOrDefault(candidate => candidate.JsonName == step)
            ?? throw new CommandException(
                ExitCode.BadInput,
                $"{Text} has no field {Specs.SpecText.Quote(step)}{Suggestion.Phrase(step, [.. fields.Select(candidate => candidate.JsonName)])}");
        return new FieldPath($"{Text}.{step}", message, field);
    }
}
