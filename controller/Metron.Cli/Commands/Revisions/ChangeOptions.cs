using System.CommandLine;
using Metron.Cli.Client;

namespace Metron.Cli.Commands.Revisions;

/// <summary>The options of commands that change chains: who asks, and why.</summary>
internal sealed class ChangeOptions
{
    private const string AuthorVariable = "METRON_AUTHOR";

    private readonly Session session;

    public ChangeOptions(Session session)
    {
        this.session = session;
        Author = new Option<string?>("--author")
        {
            Description = $"Who asks, for the chain's history. Environment: {AuthorVariable}. USER@HOST when not given; the controller does not check it.",
            HelpName = "NAME",
            Recursive = true,
        };
        Message = new Option<string?>("--message", "-m") { Description = "Why, for the chain's history.", HelpName = "TEXT", Recursive = true };
    }

    public Option<string?> Author { get; }

    public Option<string?> Message { get; }

    /// <summary>Adds both to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Author);
        command.Add(Message);
    }

    /// <summary>Who asks.</summary>
    public string AuthorOf(ParseResult parsed) =>
        parsed.GetValue(Author) is { Length: > 0 } given ? given
        : session.Terminal.Environment(AuthorVariable) is { Length: > 0 } configured ? configured
        : $"{Environment.UserName}@{Environment.MachineName}";

    /// <summary>Why; empty when it was not said.</summary>
    public string MessageOf(ParseResult parsed) => parsed.GetValue(Message) ?? string.Empty;
}
