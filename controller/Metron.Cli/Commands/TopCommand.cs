using System.CommandLine;
using Grpc.Core;
using Metron.Cli.Client;
using Metron.Cli.Output;

namespace Metron.Cli.Commands;

/// <summary>`top`: load per worker and per traffic class, or what cycles go to, as agents report it.</summary>
internal static class TopCommand
{
    private const string ClearScreen = "\u001b[H\u001b[2J";
    private static readonly TimeSpan SecondReport = TimeSpan.FromSeconds(5);

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var name = new Argument<string?>("AGENT") { Description = "Only this server.", Arity = ArgumentArity.ZeroOrOne };
        Completions.OfAgents(name, session);
        var once = new Option<bool>("--once")
        {
            Description = "Print one sample and end: rates between two reports, or totals when no second report comes.",
        };
        var cycles = new Option<bool>("--cycles")
        {
            Description = "Show what the workers' cycles go to, by stage and by function, and how long packets take.",
        };
        var output = OutputOption.Create(OutputFormat.Json);
        var command = new Command("top", "Show live load per worker (core) and per traffic class, or what cycles go to.") { name, once, cycles, output };
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            using var controller = session.Connect(parsed);
            var view = new View(session, controller, parsed.GetValue(name) ?? string.Empty)
            {
                ShowsCycles = parsed.GetValue(cycles),
                IsJson = parsed.GetValue(output) == OutputFormat.Json,
            };
            await view.CheckNameAsync(cancellation);
            return parsed.GetValue(once) ? await view.OnceAsync(cancellation) : await view.FollowAsync(cancellation);
        }));
        return command;
    }

    private sealed class View(Session session, Controller controller, string server)
    {
        private readonly SortedDictionary<string, (V1.ServerLoad? Before, V1.ServerLoad Now)> reports = new(StringComparer.Ordinal);
        private readonly ClassNames names = new(controller, session.Terminal.Time);

        public bool ShowsCycles { get; init; }

        public bool IsJson { get; init; }

        public async Task CheckNameAsync(CancellationToken cancellation)
        {
            if (server.Length > 0)
            {
                await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = server }, Controller.Call(cancellation));
            }
        }

        public async Task<int> FollowAsync(CancellationToken cancellation)
        {
            using var call = Watch(cancellation);
            await foreach (var report in call.ResponseStream.ReadAllAsync(cancellation))
            {
                Take(report);
                var frame = IsJson ? MessageText.JsonLine(report) : await FrameAsync(cancellation);
                await session.Terminal.Output.WriteAsync(IsJson ? frame : session.Terminal.IsInteractive ? ClearScreen + frame : frame + "\n");
                await session.Terminal.Output.FlushAsync(cancellation);
            }

            throw new CommandException(ExitCode.Unreachable, "the controller ended the watch");
        }

        public async Task<int> OnceAsync(CancellationToken cancellation)
        {
            var wanted = server.Length > 0
                ? [server]
                : (await controller.Agents.ListAgentsAsync(new V1.ListAgentsRequest(), Controller.Call(cancellation)))
                    .Agents.Where(agent => agent.Connected).Select(agent => agent.Name).ToHashSet();
            await CollectAsync(wanted, cancellation);
            if (reports.Count == 0)
            {
                throw new CommandException(ExitCode.Timeout, server.Length > 0 ? $"server '{server}' reports no load" : "no server reports load");
            }

            var frame = IsJson ? MessageText.Json(reports.Values.Select(report => report.Now)) : await FrameAsync(cancellation);
            await session.Terminal.Output.WriteAsync(frame);
            return ExitCode.Success;
        }

        // Until every server that is connected has reported twice, or has had time enough to.
        private async Task CollectAsync(HashSet<string> wanted, CancellationToken cancellation)
        {
            using var patience = new CancellationTokenSource(SecondReport, session.Terminal.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
            using var call = Watch(either.Token);
            try
            {
                while (!wanted.All(name => reports.TryGetValue(name, out var seen) && seen.Before is not null)
                    && await call.ResponseStream.MoveNext(either.Token))
                {
                    Take(call.ResponseStream.Current);
                }
            }
            catch (Exception error) when (patience.IsCancellationRequested
                && !cancellation.IsCancellationRequested
                && error is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
            {
                // What has come so far is shown.
            }
        }

        private AsyncServerStreamingCall<V1.ServerLoad> Watch(CancellationToken cancellation) =>
            controller.Agents.WatchLoad(new V1.WatchLoadRequest { Name = server }, new CallOptions(cancellationToken: cancellation));

        private void Take(V1.ServerLoad report)
        {
            // The controller may repeat the last report at the start of a watch; a report without time between is none.
            if (!reports.TryGetValue(report.Server, out var seen))
            {
                reports[report.Server] = (null, report);
            }
            else if (!Equals(seen.Now.Time, report.Time))
            {
                reports[report.Server] = (seen.Now, report);
            }
        }

        private async Task<string> FrameAsync(CancellationToken cancellation)
        {
            if (ShowsCycles)
            {
                return string.Join('\n', reports.Values.Select(report => CycleReport.Of(report.Before, report.Now)));
            }

            var chains = reports.Values.SelectMany(report => report.Now.Chains).Select(chain => chain.Chain);
            await names.LoadAsync(chains, cancellation);
            return string.Join('\n', reports.Values.Select(report => LoadReport.Of(report.Before, report.Now, names.Describe)));
        }
    }
}
