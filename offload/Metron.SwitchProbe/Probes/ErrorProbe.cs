using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Whether wrong messages are answered by the right error, with their transaction number and their first bytes.</summary>
internal static class ErrorProbe
{
    private const int LeastContent = 64;
    private const uint NobodysExperimenter = 0x00fe_dcba;

    /// <summary>A match field that no version of the standard has.</summary>
    public static OxmField UnknownField { get; } = new(new OxmType(OxmClass.OpenFlowBasic, 126), [1, 2, 3, 4], false);

    /// <summary>A message of a type that no version of the standard has.</summary>
    public static UnknownMessage UnknownType { get; } = new((MessageType)90, [0, 0, 0, 0]);

    /// <summary>Tries each.</summary>
    public static async Task<EquatableArray<ErrorFacts>> RunAsync(ProbeSession session, CancellationToken cancellation)
    {
        var facts = new List<ErrorFacts>();
        foreach (var (fault, message, expected) in Faults(session))
        {
            facts.Add(await TryAsync(session, fault, message, expected, cancellation));
        }

        return facts.ToEquatableArray();
    }

    private static IEnumerable<(string Fault, OpenFlowMessage Message, OpenFlowErrorCode[] Expected)> Faults(ProbeSession session)
    {
        var badField = new OpenFlowErrorCode(4, 6);
        if (session.Version > OpenFlowVersion.OpenFlow10)
        {
            yield return ("rule with an unknown match field", new FlowMod { Match = Match.Of(UnknownField) }, [badField]);

            // "All tables" is no table to add to either (OpenFlow 1.3.5 section 7.3.4.1).
            var count = session.Connection.Features.TableCount;
            var badTable = count < TableNumber.Maximum ? count : TableNumber.All;
            yield return ("rule for a table that is not there", new FlowMod { Table = badTable, Match = Match.Of(Guard.Candidates[1]) }, [OpenFlowErrorCode.FlowBadTable]);
        }

        yield return ("message of an unknown experimenter", new ExperimenterMessage(NobodysExperimenter, 1, []), [OpenFlowErrorCode.BadExperimenter]);
        yield return ("message of an unknown type", UnknownType, [OpenFlowErrorCode.BadType]);
        yield return (
            "statistics of an unknown type",
            new UnknownMultipartRequest((MultipartType)0x7ffe, []),
            [OpenFlowErrorCode.BadMultipart]);
    }

    private static async Task<ErrorFacts> TryAsync(
        ProbeSession session, string fault, OpenFlowMessage message, OpenFlowErrorCode[] expected, CancellationToken cancellation)
    {
        var wanted = string.Join(" or ", expected.Select(code => code.Name));
        try
        {
            var (transaction, error) = await session.SendOneAsync(message, cancellation);
            for (var waited = TimeSpan.Zero; error is null && waited < TimeSpan.FromMilliseconds(500); waited += TimeSpan.FromMilliseconds(50))
            {
                await session.DelayAsync(TimeSpan.FromMilliseconds(50), cancellation);
                error = session.ErrorOf(transaction);
            }

            return error is null
                ? new ErrorFacts(fault, wanted, "", false, "")
                : new ErrorFacts(fault, wanted, error.Code.Name, expected.Contains(error.Code), ContentProblem(session, message, transaction, error));
        }
        catch (OpenFlowEncodeException problem)
        {
            return new ErrorFacts(fault, wanted, problem.Message, false, "");
        }
    }

    // OpenFlow 1.3.5 section 7.5.4: at least 64 bytes of the failed request.
    private static string ContentProblem(ProbeSession session, OpenFlowMessage message, uint transaction, ErrorMessage error)
    {
        var sent = OpenFlowCodec.Encode(message, session.Version, transaction);
        var least = Math.Min(LeastContent, sent.Length);
        return error.Content.Count < least ? $"holds {error.Content.Count} bytes of the message, not {least}"
            : error.Content.AsSpan()[..least].SequenceEqual(sent.AsSpan(0, least)) ? ""
            : "holds other bytes than the message's first";
    }
}
