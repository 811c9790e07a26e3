using System.Text.Json.Serialization;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// What was decided for one revision of a chain. With it alone, <see cref="ChainPrograms"/> computes what the switch and the servers
/// run. Serialisable by <see cref="PlanJson"/>. Endpoints and functions are referred to by their index in <see cref="Spec"/>.
/// </summary>
/// <param name="Spec">The chain as the operator wrote it.</param>
/// <param name="ChainNumber">Number of the chain in cookies: 1 to 2^24 - 1; 0 stands for rules that serve all chains.</param>
/// <param name="Revision">Revision of the spec that was planned.</param>
public sealed record ChainPlan(ChainSpec Spec, uint ChainNumber, long Revision)
{
    /// <summary>The switch that all endpoints are on.</summary>
    public required string Switch { get; init; }

    /// <summary>How the switch tags.</summary>
    public required TagKind TagKind { get; init; }

    /// <summary>Where the rest of the chain runs; null when the switch does everything.</summary>
    public ServerPlacement? Placement { get; init; }

    /// <summary>How the server was chosen; null when there is none, or in plans of older controllers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PlacementChoice? Choice { get; init; }

    /// <summary>How the switch spreads flows over the workers.</summary>
    public required SteeringPlan Steering { get; init; }

    public IReadOnlyList<PlannedIngressTag> IngressTags { get; init; } = [];

    public IReadOnlyList<PlannedEgressTag> EgressTags { get; init; } = [];

    public IReadOnlyList<PlannedPosition> Positions { get; init; } = [];

    /// <summary>Traffic classes by id, from 1.</summary>
    public IReadOnlyList<PlannedClass> Classes { get; init; } = [];

    /// <summary>Whether <see cref="Classes"/> lists every class; false when there were too many.</summary>
    public bool HasAllClasses { get; init; } = true;

    /// <summary>
    /// Fingerprint (64 hexadecimal digits) of what switch and servers are told, apart from revision and the numbers chosen for tags and positions.
    /// </summary>
    public string Digest { get; init; } = "";

    /// <summary>How the switch gets from the plan before to this one.</summary>
    public PlanUpdate Update { get; init; }

    /// <summary>
    /// Revision that the servers' programs were deployed under: that of an earlier plan whose programs do the same; 0 for the plan's own.
    /// </summary>
    public long ProgramRevision { get; init; }

    /// <summary>Fingerprint (64 hexadecimal digits) of the program whatever its revision; empty when there is none, or it was not noted.</summary>
    public string ProgramDigest { get; init; } = "";

    /// <summary>What the switch can do that the rules are written for; null for all that Open vSwitch can.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SwitchProfile? Profile { get; init; }

    /// <summary>How much of the chain the switch has, where it cannot have all that it could do for others; null when that was no question.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OffloadPlan? Offload { get; init; }

    /// <summary>Meters of the switch that enforce limits of policers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PlannedMeter>? Meters { get; init; }

    /// <summary>How packets leave by endpoints with several ports.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PlannedGroup>? Groups { get; init; }

    /// <summary>Revision of the servers' programs.</summary>
    public long DeployedRevision => ProgramRevision > 0 ? ProgramRevision : Revision;
}

/// <summary>How a switch gets from one plan to the next without a packet that meets rules of both.</summary>
public enum PlanUpdate
{
    /// <summary>
    /// The plan has positions of its own: its rules are added next to those of the plan before, then the entrances are switched over, then
    /// the old rules go.
    /// </summary>
    TwoPhase,

    /// <summary>
    /// The plan keeps the positions of the plan before: what is different is changed in one atomic bundle (OpenFlow 1.4).
    /// </summary>
    InPlace,
}

/// <summary>Where a chain runs.</summary>
/// <param name="Server">Name of the server.</param>
/// <param name="Workers">Workers, or flow groups, in use, by index.</param>
public sealed record ServerPlacement(string Server, IReadOnlyList<PlacedWorker> Workers)
{
    /// <summary>Whether the server balances: <see cref="Workers"/> are flow groups then, which it spreads over its workers itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsBalanced { get; init; }
}

/// <summary>How a server was chosen.</summary>
/// <param name="Reason">In words.</param>
/// <param name="Candidates">The servers that were compared, the chosen one first.</param>
/// <param name="Rejected">Servers that could not be chosen, by name: at most <see cref="MostRejected"/>.</param>
/// <param name="RejectedNotListed">How many more there are.</param>
public sealed record PlacementChoice(
    string Reason, IReadOnlyList<PlacementCandidate> Candidates, IReadOnlyList<RejectedServer> Rejected, int RejectedNotListed)
{
    /// <summary>Most servers that are named with the reason why they could not be chosen.</summary>
    public const int MostRejected = 20;
}

/// <summary>A server that could have been chosen.</summary>
/// <param name="Server">Name.</param>
/// <param name="FreeCores">Workers, less the larger of what was busy and what chains there need at least.</param>
public sealed record PlacementCandidate(string Server, double FreeCores);

/// <summary>A server that could not be chosen.</summary>
/// <param name="Server">Name.</param>
/// <param name="Reason">Why not: words that follow the name.</param>
public sealed record RejectedServer(string Server, string Reason);

/// <summary>A worker in use, or a flow group of a server that balances.</summary>
/// <param name="Index">Index on the server.</param>
/// <param name="SwitchPort">Switch port that leads to it.</param>
public sealed record PlacedWorker(int Index, uint SwitchPort);

/// <summary>How the switch spreads flows over workers.</summary>
/// <param name="Bits">k: bits 1 to k of the client-side port choose the worker; 0 for one worker.</param>
/// <param name="SingleWorkerReason">Why the chain gets one worker although more could be had; null when that is not so.</param>
public sealed record SteeringPlan(int Bits, string? SingleWorkerReason = null);

/// <summary>A tag towards a worker.</summary>
/// <param name="Value">VLAN id, or low 24 bits of the MAC; unique on the switch.</param>
/// <param name="Endpoint">Endpoint where the packets entered.</param>
/// <param name="Entry">Function and port where the server's part begins.</param>
/// <param name="Worker">The worker.</param>
/// <param name="Field">Field whose bits 1 to k chose it.</param>
/// <param name="Values">The values of these bits that it stands for: even numbers.</param>
public sealed record PlannedIngressTag(
    uint Value, int Endpoint, FunctionPort Entry, PlacedWorker Worker, SteeringField Field, IReadOnlyList<ushort> Values);

/// <summary>A tag from the server towards an endpoint.</summary>
/// <param name="Value">VLAN id, or low 24 bits of the MAC; unique on the switch.</param>
/// <param name="Endpoint">Endpoint where the packets leave.</param>
public sealed record PlannedEgressTag(uint Value, int Endpoint);

/// <summary>A position: the metadata value that stands for "about to enter this function by this port".</summary>
/// <param name="Number">Unique on the switch, from 1.</param>
/// <param name="Endpoint">Endpoint where the packets entered.</param>
/// <param name="At">Function and port.</param>
public sealed record PlannedPosition(uint Number, int Endpoint, FunctionPort At);

/// <summary>A meter of the switch: packets that enter by an endpoint pass it first.</summary>
/// <param name="Number">Number on the switch, see <see cref="MeterPlanner.FirstNumber"/>.</param>
/// <param name="Endpoint">Endpoint.</param>
/// <param name="Function">The policer whose limit it is, and the port that packets enter it by.</param>
/// <param name="Limit">Index of the limit.</param>
/// <param name="Rate">Kilobits or packets per second.</param>
/// <param name="Burst">Kilobits or packets at once.</param>
/// <param name="InPackets">Whether packets are counted.</param>
public sealed record PlannedMeter(uint Number, int Endpoint, FunctionPort Function, int Limit, uint Rate, uint Burst, bool InPackets)
{
    /// <summary>As the switch says it.</summary>
    public MeterDescription ToDescription() => new(
        Number, MeterFlags.Burst | (InPackets ? MeterFlags.PacketsPerSecond : MeterFlags.KilobitsPerSecond), [new DropBand(Rate, Burst)]);
}

/// <summary>A traffic class of a plan.</summary>
/// <param name="Id">Number within the revision, from 1.</param>
/// <param name="Ingress">Endpoint where the packets enter.</param>
/// <param name="Egress">Endpoint where they leave; -1 when they are dropped.</param>
/// <param name="Path">For humans: what each function on the way decides, then what is written or why it is dropped.</param>
/// <param name="DecidedBy">Where the class is decided.</param>
public sealed record PlannedClass(int Id, int Ingress, int Egress, IReadOnlyList<string> Path, DecidedBy DecidedBy)
{
    /// <summary>The functions on the way and their outcomes, for programs.</summary>
    public IReadOnlyList<ClassStep> Steps { get; init; } = [];

    /// <summary>Other outcomes on the way that come to the same, for programs.</summary>
    public IReadOnlyList<IReadOnlyList<ClassStep>> OtherSteps { get; init; } = [];

    /// <summary>What state must say of the packets beyond what headers tell, for humans: "nat: has a binding".</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];

    /// <summary>Why the packets are dropped; null when they leave.</summary>
    public string? DropReason { get; init; }

    /// <summary>Whether some packet is certain to be of this class; false when that was too much to compute.</summary>
    public bool IsCertain { get; init; } = true;
}

/// <summary>Where a traffic class is decided.</summary>
public enum DecidedBy
{
    Switch,
    Server,
}
