using System.Collections.Immutable;
using Google.Protobuf;
using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Agents;

/// <summary>A server as last heard of.</summary>
/// <param name="Name">Name.</param>
/// <param name="Resources">What it has; not to be changed.</param>
/// <param name="Connected">Whether its agent is connected.</param>
/// <param name="TransitionTime">When that last changed.</param>
public sealed record ServerState(string Name, V1.ServerResources Resources, bool Connected, DateTimeOffset TransitionTime)
{
    /// <summary>As it is stored.</summary>
    public StoredServer ToStored() => new(Name, Resources.ToByteArray(), TransitionTime, Use);

    /// <summary>What it runs: as registered, then as acknowledged. What it ran last, while it is not connected.</summary>
    public ImmutableArray<DeployedProgram> Deployed { get; init; } = [];

    /// <summary>What the operator wants of it.</summary>
    public ServerUse Use { get; init; }

    /// <summary>Whether it has been gone or silent for so long that its chains go elsewhere.</summary>
    public bool IsLost { get; init; }

    /// <summary>Last load report of this session or of the one before; null before the first.</summary>
    public V1.ServerLoad? Load { get; init; }
}

/// <summary>A residual program that a server runs.</summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="Revision">Revision of the plan.</param>
/// <param name="Digest">Digest of the program without its revision.</param>
/// <param name="Workers">Workers that run it.</param>
public sealed record DeployedProgram(string Chain, long Revision, string Digest, ImmutableArray<uint> Workers)
{
    /// <summary>Reads what an agent registered.</summary>
    public static DeployedProgram From(V1.DeployedChain chain) => new(chain.Chain, chain.Revision, chain.Digest, [.. chain.Workers]);

    /// <summary>Reads what was sent to an agent.</summary>
    public static DeployedProgram From(V1.ResidualProgram program) =>
        new(program.Chain, program.Revision, program.Digest, [.. program.IngressTags.Select(tag => tag.Worker).Distinct().Order()]);

    /// <summary>Whether this is the program of that revision.</summary>
    public bool IsRevision(string chain, long revision) => Chain == chain && Revision == revision;

    /// <summary>For the API.</summary>
    public V1.DeployedChain ToProto() => new() { Chain = Chain, Revision = Revision, Digest = Digest, Workers = { Workers } };
}
