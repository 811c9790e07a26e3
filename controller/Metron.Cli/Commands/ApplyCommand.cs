using System.CommandLine;
using Grpc.Core;
using Metron.Cli.Client;
using Metron.Cli.Commands.Revisions;
using Metron.Cli.Output;
using Metron.Cli.Specs;
using Metron.Mapping;

namespace Metron.Cli.Commands;

/// <summary>`apply`: makes the controller's chains what the files say.</summary>
internal static class ApplyCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var files = SpecInput.Option(required: true);
        var dryRun = new Option<bool>("--dry-run") { Description = "Let the controller check everything, but change nothing." };
        var wait = new Option<bool>("--wait") { Description = "Wait until every chain is in force." };
        var timeout = Durations.Option("--timeout", DefaultTimeout, "How long to wait.");
        var output = OutputOption.Create(OutputFormat.Name, OutputFormat.Json, OutputFormat.Yaml);
        var change = new ChangeOptions(session);
        var command = new Command("apply", "Create or update the service chains of spec files.") { files, dryRun, wait, timeout, output };
        change.AddTo(command);
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            var documents = await SpecInput.ReadAsync(session, parsed.GetRequiredValue(files));
            using var controller = session.Connect(parsed);
            var run = new Run(session, controller, session.AddressOf(parsed))
            {
                DryRun = parsed.GetValue(dryRun),
                Format = parsed.GetValue(output),
                Author = change.AuthorOf(parsed),
                Message = change.MessageOf(parsed),
            };
            var applied = await run.ApplyAsync(documents, cancellation);
            if (run.Failure == ExitCode.Success && parsed.GetValue(wait) && !run.DryRun)
            {
                await ChainWaiter.UntilReadyAsync(session, controller, applied, Durations.Value(parsed, timeout, DefaultTimeout), cancellation);
            }

            return run.Failure;
        }));
        return command;
    }

    private sealed class Run(Session session, Controller controller, string address)
    {
        public bool DryRun { get; init; }

        public OutputFormat Format { get; init; }

        public required string Author { get; init; }

        public required string Message { get; init; }

        /// <summary>Exit code of the first chain that failed.</summary>
        public int Failure { get; private set; }

        /// <summary>Applies one chain after the other; one that is refused does not keep the others from being applied.</summary>
        public async Task<List<V1.ServiceChain>> ApplyAsync(IReadOnlyList<SpecDocument> documents, CancellationToken cancellation)
        {
            var applied = new List<V1.ServiceChain>();
            foreach (var document in documents)
            {
                try
                {
                    applied.Add(await ApplyAsync(document, cancellation));
                }
                catch (RpcException error) when (RpcFailure.IsOfOneRequest(error))
                {
                    await RefusedAsync(document, RpcFailure.From(error, address));
                }
            }

            await PrintMessagesAsync(applied);
            return applied;
        }

        private async Task<V1.ServiceChain> ApplyAsync(SpecDocument document, CancellationToken cancellation)
        {
            var before = await controller.FindChainAsync(document.Chain.Name, cancellation);
            var request = new V1.UpdateServiceChainRequest
            {
                ServiceChain = Intent(document.Chain),
                AllowMissing = true,
                ValidateOnly = DryRun,
                Author = Author,
                Message = Message,
            };
            var after = await controller.Chains.UpdateServiceChainAsync(request, Controller.Call(cancellation));
            var change = before is null ? "created" : IsSame(before, document.Chain) ? "unchanged" : "configured";
            switch (Format)
            {
                case OutputFormat.Table:
                    await session.Terminal.Output.WriteLineAsync($"chain/{document.Chain.Name} {change}{(DryRun ? " (dry run)" : string.Empty)}");
                    break;
                case OutputFormat.Name:
                    await session.Terminal.Output.WriteLineAsync(document.Chain.Name);
                    break;
            }

            await WarnAsync(document, after.Status ?? new V1.ServiceChainStatus());
            return after;
        }

        // To the other stream, so that what programs read stays as it is.
        private async Task WarnAsync(SpecDocument document, V1.ServiceChainStatus status)
        {
            foreach (var warning in status.Warnings)
            {
                var at = document.Locate(warning.Path);
                await session.Terminal.Error.WriteLineAsync(
                    $"{document.File}:{at.Line}:{at.Column}: warning: {SpecText.Printable(warning.Path)}: {SpecText.Printable(warning.Message)}");
            }

            if (WarningText.More(status) is { } more)
            {
                await session.Terminal.Error.WriteLineAsync(more);
            }
        }

        private async Task RefusedAsync(SpecDocument document, RpcFailure failure)
        {
            Failure = Failure == ExitCode.Success ? failure.ExitCode : Failure;
            var violations = failure.Violations.Count > 0 ? failure.Violations : [new Violation(string.Empty, failure.Message)];
            await SpecInput.PrintAsync(session.Terminal, [.. violations.Select(document.Problem)]);
            await session.Terminal.Error.WriteLineAsync(failure.ExitCode == ExitCode.BadInput
                ? $"metronctl: chain/{document.Chain.Name} refused, {SpecInput.Count(violations.Count)}; nothing of it was changed"
                : $"metronctl: chain/{document.Chain.Name} not applied");
        }

        private async Task PrintMessagesAsync(List<V1.ServiceChain> applied)
        {
            if (Format is OutputFormat.Json or OutputFormat.Yaml && applied.Count > 0)
            {
                var isJson = Format == OutputFormat.Json;
                await session.Terminal.Output.WriteAsync(applied.Count == 1
                    ? isJson ? MessageText.Json(applied[0]) : MessageText.Yaml(applied[0])
                    : isJson ? MessageText.Json(applied) : MessageText.Yaml(applied));
            }
        }

        // What the controller ignores on input need not travel.
        private static V1.ServiceChain Intent(V1.ServiceChain chain)
        {
            var intent = new V1.ServiceChain { Name = chain.Name, Spec = chain.Spec, Etag = chain.Etag };
            intent.Labels.Add(chain.Labels);
            return intent;
        }

        private static bool IsSame(V1.ServiceChain before, V1.ServiceChain wanted) =>
            Equals(before.Spec, wanted.Spec) && before.Labels.Equals(wanted.Labels) && before.Status?.State != V1.ChainState.Deleting;
    }
}
