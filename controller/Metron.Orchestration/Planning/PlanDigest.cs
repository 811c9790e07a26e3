using System.Text.Json;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>
/// Fingerprints of what switch and servers are told, put together from those of functions and matches: no rule is written out for them.
/// </summary>
internal static class PlanDigest
{
    /// <summary>Changes when what is told follows from plans in another way, so that stored fingerprints mean nothing any more.</summary>
    private const ulong Version = 2;

    /// <summary>Fingerprint of a plan's programs and rules; the plan has canonical numbers, and its revision does not count.</summary>
    public static string Of(CompiledChain chain, ChainPlan canonical)
    {
        var hash = ContentHash.Empty.With(Version).With(canonical.Switch).With((ulong)canonical.TagKind);
        hash = Json(hash, canonical.Steering);
        hash = Json(hash, canonical.Placement);
        foreach (var (server, program) in ProgramWriter.ResidualPrograms(chain, canonical))
        {
            hash = hash.With(server).With(Of(program, chain.Memory.ContentOf));
        }

        foreach (var path in chain.SwitchPart.Paths)
        {
            hash = Path(hash, chain, path);
        }

        // What the rules outside of stages follow from, also those that serve all chains.
        hash = hash.With(canonical.Spec.PassNeighborDiscovery ? 1UL : 0);
        for (var i = 0; i < canonical.Spec.Endpoints.Count; i++)
        {
            hash = hash.With(EndpointMacs.LocalMac(chain.Graph, chain.Spec, i)?.Value ?? ulong.MaxValue);
        }

        if (canonical.Offload is { } offload)
        {
            // Which rules of functions are kept is part of the path; which tables they come to is not.
            hash = hash.With(SwitchProfileJson.Write(canonical.Profile!)).With(offload.Layout);
        }

        hash = Json(hash, canonical.Spec.Endpoints);
        hash = canonical.Meters is { Count: > 0 } meters ? Json(hash, meters) : hash;
        hash = canonical.Groups is { Count: > 0 } groups ? Json(hash, groups.Select(group => group with { Note = null })) : hash;
        return Json(hash, canonical.Classes).ToString();
    }

    /// <summary>Fingerprint of a program, whatever its revision.</summary>
    /// <param name="program">The program.</param>
    /// <param name="contentOf">Tells the fingerprints of its functions.</param>
    public static string Of(ResidualProgram program, Func<NetworkFunctionConfiguration, FunctionContent> contentOf)
    {
        var hash = ContentHash.Empty.With(Version);
        foreach (var function in program.Functions)
        {
            hash = hash.With(function.GetType().Name).With(contentOf(function).AsRun);
        }

        return Json(hash, program with { Revision = 0, Functions = [] }).ToString();
    }

    private static ContentHash Path(ContentHash hash, CompiledChain chain, SwitchPath path)
    {
        hash = hash.With((ulong)path.Endpoint).With((ulong)path.End.Function).With((ulong)path.End.Port).With((ulong)path.End.Endpoint);
        foreach (var stage in path.Stages)
        {
            // Rules say the function's name in what they are for.
            hash = hash.With(chain.Graph.Functions[stage.At.Function].Name).With((ulong)stage.At.Function).With((ulong)stage.At.Port);
            foreach (var segment in stage.Segments)
            {
                hash = hash.With(segment.Table).With(segment.Content);
            }
        }

        return hash;
    }

    private static ContentHash Json<T>(ContentHash hash, T value) => hash.With(JsonSerializer.SerializeToUtf8Bytes(value, PlanJson.Options));
}
