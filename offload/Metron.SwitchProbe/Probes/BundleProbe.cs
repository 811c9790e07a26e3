using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Whether bundles do what they promise: all or nothing, in order.</summary>
internal static class BundleProbe
{
    private const string NoError = "a bundle with a wrong message is carried out without an error";
    private static readonly int[] _sizes = [100, 1000];

    /// <summary>Finds out.</summary>
    public static async Task<BundleFacts> RunAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        if (session.Version < OpenFlowVersion.OpenFlow13)
        {
            return new BundleFacts(false, $"not in OpenFlow {session.Version.ToDotted()}", false, false, 0);
        }

        try
        {
            if (await CommitAsync(session, table, cancellation) is { Length: > 0 } problem)
            {
                return new BundleFacts(false, problem, false, false, 0);
            }

            var notAtomic = await IsAtomicAsync(session, table, cancellation);
            var notOrdered = await IsOrderedAsync(session, table, cancellation);
            var largest = notAtomic.Length + notOrdered.Length > 0 ? 0 : await LargestAsync(session, table, cancellation);
            var said = string.Join("; ", new[] { notAtomic, notOrdered }.Where(text => text.Length > 0));
            return new BundleFacts(true, said, notAtomic.Length == 0, notOrdered.Length == 0, largest);
        }
        catch (BundlesUnsupportedException error)
        {
            return new BundleFacts(false, error.Error.Code.Name, false, false, 0);
        }
        catch (TimeoutException error)
        {
            return new BundleFacts(false, error.Message, false, false, 0);
        }
        finally
        {
            await session.RemoveOursAsync(table, cancellation);
        }
    }

    private static async Task<string> CommitAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        FlowMod[] rules = [Rule(session, table, 1), Rule(session, table, 2)];
        var result = await session.Connection.ApplyBundleAsync(rules, cancellation: cancellation);
        var (found, _) = await session.ReadUntilAsync(table, found => found.Count == 2, cancellation);
        await session.RemoveOursAsync(table, cancellation);
        return !result.Succeeded ? result.ToString() : found.Count == 2 ? "" : $"a committed bundle of 2 rules left {found.Count}";
    }

    /// <summary>What is wrong: one message fails when it is carried out, another already when it is read.</summary>
    private static async Task<string> IsAtomicAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var overlapping = ProbePackets.Rule(table, 1, session.State.NextCookie()) with
        {
            Match = Match.Of(OxmField.EthernetDestination(ProbePackets.Destination(1))),
            Flags = FlowModFlags.CheckOverlap,
            Instructions = [],
        };
        var late = await FailsWholeAsync(session, table, overlapping, cancellation);

        // Not every switch checks for overlaps; then only the other message tells.
        var early = await FailsWholeAsync(session, table, new FlowMod { Table = table, Match = Match.Of(ErrorProbe.UnknownField) }, cancellation);
        return early.Length > 0 ? early : late == NoError ? "" : late;
    }

    private static async Task<string> FailsWholeAsync(ProbeSession session, byte table, FlowMod wrong, CancellationToken cancellation)
    {
        var result = await session.Connection.ApplyBundleAsync([Rule(session, table, 1), wrong, Rule(session, table, 2)], cancellation: cancellation);
        await session.SynchroniseAsync(cancellation);
        var found = await session.ReadOursAsync(table, cancellation);
        await session.RemoveOursAsync(table, cancellation);
        return result.Succeeded ? NoError
            : found.Count > 0 ? $"{found.Count} of 2 rules of a bundle that was refused are there"
            : "";
    }

    private static async Task<string> IsOrderedAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var rule = Rule(session, table, 1);
        var deletion = rule with { Command = FlowModCommand.DeleteStrict, CookieMask = ulong.MaxValue, Instructions = [] };
        var last = Rule(session, table, 1);
        var result = await session.Connection.ApplyBundleAsync([rule, deletion, last, Rule(session, table, 2)], cancellation: cancellation);
        var (found, _) = await session.ReadUntilAsync(table, found => found.Count == 2, cancellation);
        await session.RemoveOursAsync(table, cancellation);
        return !result.Succeeded ? $"a bundle that adds, deletes and adds again is refused: {result}"
            : found.Count == 2 && found.Any(rule => rule.Cookie == last.Cookie) ? "" : "messages take effect in another order than they came";
    }

    private static async Task<int> LargestAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var largest = 2;
        foreach (var size in _sizes)
        {
            var rules = Enumerable.Range(0, size).Select(i => BulkRules.Rule(table, i, session.State.NextCookie())).ToArray();
            var result = await session.Connection.ApplyBundleAsync(rules, cancellation: cancellation);
            await session.RemoveOursAsync(table, cancellation);
            if (!result.Succeeded)
            {
                break;
            }

            largest = size;
        }

        return largest;
    }

    private static FlowMod Rule(ProbeSession session, byte table, byte number) =>
        ProbePackets.Rule(table, number, session.State.NextCookie()) with { Instructions = [] };
}
