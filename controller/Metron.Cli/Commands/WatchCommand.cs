using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Metron.Cli.Client;
using Metron.Cli.Output;

namespace Metron.Cli.Commands;

/// <summary>`watch`: prints chains as they change.</summary>
internal static class WatchCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var name = new Argument<string?>("NAME") { Description = "Only this chain.", Arity = ArgumentArity.ZeroOrOne };
        Completions.OfChains(name, session);
        var output = OutputOption.Create(OutputFormat.Name, OutputFormat.Json, OutputFormat.Yaml);
        var chains = new Command("chains", "Print the chains, then every change, until interrupted.") { name, output };
        chains.Aliases.Add("chain");
        chains.SetAction(session.Guarded((parsed, cancellation) =>
            WatchAsync(session, parsed, parsed.GetValue(name) ?? string.Empty, parsed.GetValue(output), cancellation)));
        return new Command("watch", "Print changes as they happen.") { chains };
    }

    private static async Task<int> WatchAsync(
        Session session, ParseResult parsed, string name, OutputFormat format, CancellationToken cancellation)
    {
        using var controller = session.Connect(parsed);
        using var call = controller.Chains.WatchServiceChains(
            new V1.WatchServiceChainsRequest { Name = name }, new CallOptions(cancellationToken: cancellation));
        var isFirst = true;
        await foreach (var change in call.ResponseStream.ReadAllAsync(cancellation))
        {
            await session.Terminal.Output.WriteAsync(format switch
            {
                OutputFormat.Json => MessageText.JsonLine(change),
                OutputFormat.Yaml => (isFirst ? string.Empty : "---\n") + MessageText.Yaml(change),
                OutputFormat.Name => $"{Text.Name(change.Type)} {Specs.SpecText.Printable(change.ServiceChain?.Name ?? string.Empty)}\n",
                _ => (isFirst ? Line("TIME", "EVENT", "STATE", "REVISION", "RUNNING", "NAME", "REASON") : string.Empty)
                    + Line(change, session.Terminal.Time),
            });
            await session.Terminal.Output.FlushAsync(cancellation);
            isFirst = false;
        }

        throw new CommandException(ExitCode.Unreachable, "the controller ended the watch");
    }

    private static string Line(V1.ServiceChainEvent change, TimeProvider time)
    {
        var chain = change.ServiceChain ?? new V1.ServiceChain();
        var isSettled = change.Type == V1.EventType.Removed || chain.Status?.State == V1.ChainState.Ready;
        return Line(
            time.GetUtcNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            Text.Name(change.Type),
            Text.Name(chain.Status?.State ?? V1.ChainState.Unspecified),
            Text.Number(chain.Revision),
            Text.Number(chain.Status?.RunningRevision ?? 0),
            chain.Name,
            isSettled ? string.Empty : ChainWaiter.Reason(chain));
    }

    // Lines come one by one, so the columns have fixed widths.
    private static string Line(string time, string change, string state, string revision, string running, string name, string reason)
    {
        var counted = $"{time,-8}   {change,-8}   {state,-9}   {revision,-8}   {running,-7}";
        return $"{counted}   {Specs.SpecText.Printable(name),-20}   {Specs.SpecText.Printable(reason)}".TrimEnd() + "\n";
    }
}
