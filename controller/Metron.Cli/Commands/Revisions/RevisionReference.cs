using System.Globalization;
using Metron.Cli.Client;
using Metron.Cli.Specs;
using Metron.Mapping.Yaml;

namespace Metron.Cli.Commands.Revisions;

/// <summary>
/// What operators write for a revision: its number, <c>latest</c>, <c>running</c>, <c>-1</c> for the one before the latest and so on; where a text is enough
/// also a spec file.
/// </summary>
internal static class RevisionReference
{
    /// <summary>How a revision is written, for help.</summary>
    public const string Words = "a number, latest, running, or -1 for the one before the latest, and so on";

    /// <summary>The number of a revision.</summary>
    /// <exception cref="CommandException">It is written wrong, or not kept.</exception>
    public static async Task<long> NumberAsync(Controller controller, string chain, string text, CancellationToken cancellation)
    {
        switch (text)
        {
            case "latest":
                return (await GetAsync(controller, chain, 0, cancellation)).Revision_;
            case "running":
                var now = await controller.FindChainAsync(chain, cancellation);
                return now?.Status?.RunningRevision is > 0 and var running
                    ? running
                    : throw new CommandException(ExitCode.NotFound, $"no revision of chain '{chain}' is running");
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            throw new CommandException(ExitCode.BadInput, $"{SpecText.Quote(text)} is no revision; write {Words}");
        }

        return number > 0 ? number : await BackAsync(controller, chain, -number, cancellation);
    }

    /// <summary>The chain as of a revision, or of a file, as YAML with its name.</summary>
    /// <exception cref="CommandException">It is written wrong, not kept, or the file has problems.</exception>
    public static async Task<(string Yaml, string Name)> TextAsync(
        Session session, Controller controller, string chain, string text, CancellationToken cancellation)
    {
        if (text == "-" || text.Contains('/', StringComparison.Ordinal) || File.Exists(text))
        {
            var documents = await SpecInput.ReadAsync(session, [text]);
            var document = documents.FirstOrDefault(candidate => candidate.Chain.Name == chain)
                ?? throw new CommandException(ExitCode.NotFound, $"{SpecText.Printable(text)} has no chain '{chain}'");
            return (ChainYaml.Of(document.Chain), document.File);
        }

        var number = await NumberAsync(controller, chain, text, cancellation);
        var revision = await GetAsync(controller, chain, number, cancellation);
        var name = $"{chain} revision {number}";
        if (revision.Kind == V1.ChangeKind.Deleted)
        {
            return (string.Empty, name);
        }

        var found = new V1.ServiceChain { Name = chain, Spec = revision.Spec };
        found.Labels.Add(revision.Labels);
        return (ChainYaml.Of(found), name);
    }

    private static async Task<V1.Revision> GetAsync(Controller controller, string chain, long revision, CancellationToken cancellation) =>
        await controller.Revisions.GetRevisionAsync(new V1.GetRevisionRequest { Chain = chain, Revision = revision }, Controller.Call(cancellation));

    private static async Task<long> BackAsync(Controller controller, string chain, int back, CancellationToken cancellation)
    {
        var kept = await controller.ListRevisionsAsync(chain, back + 1, cancellation);
        return kept.Count > back
            ? kept[back].Revision_
            : throw new CommandException(ExitCode.NotFound, $"chain '{chain}' has {kept.Count} revisions that are kept; there is no {-back}");
    }
}
