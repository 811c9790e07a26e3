using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.Packets;

namespace Metron.Reference;

/// <summary>
/// Answers what a chain leaves to who carries it out: the interpreter asks, and checks that the answer is allowed. An answer may come from
/// what a compiled chain did (<c>OfflineChain</c> records it), or from <see cref="OwnChoices"/>.
/// </summary>
public interface IChoices
{
    /// <summary>Which of the workers carries the packet: each has its share of a policer's limits.</summary>
    int Worker => 0;

    /// <summary>The outside address and port for a new binding of a NAPT.</summary>
    OutsideChoice ChooseOutside(BindingRequest request);

    /// <summary>The backend for a new connection of a load balancer.</summary>
    BackendChoice ChooseBackend(BackendRequest request);
}

/// <summary>What became of a question.</summary>
public enum ChoiceKind
{
    /// <summary>There is an answer.</summary>
    Made,

    /// <summary>Nothing was to be had: the packet is dropped.</summary>
    Refused,

    /// <summary>Who carries the chain out did not see that there was something to choose.</summary>
    Missing,
}

/// <summary>Answer to a <see cref="BindingRequest"/>.</summary>
public readonly record struct OutsideChoice(ChoiceKind Kind, IpAddress Address = default, ushort Port = 0);

/// <summary>Answer to a <see cref="BackendRequest"/>.</summary>
public readonly record struct BackendChoice(ChoiceKind Kind, IpAddress Address = default, ushort Port = 0);

/// <summary>An inside endpoint wants to be seen outside.</summary>
/// <param name="Configuration">The NAPT.</param>
/// <param name="Inside">Inside address.</param>
/// <param name="Port">Inside port, or ICMP identifier.</param>
/// <param name="Protocol">IP protocol.</param>
/// <param name="Paired">Outside address of the host's other bindings; null when it has none.</param>
/// <param name="IsFree">Whether an outside endpoint is in nobody's use.</param>
public sealed record BindingRequest(
    NaptConfiguration Configuration, IpAddress Inside, ushort Port, byte Protocol, IpAddress? Paired, Func<IpAddress, ushort, bool> IsFree);

/// <summary>A connection to a virtual service wants a backend.</summary>
/// <param name="Configuration">The load balancer.</param>
/// <param name="Service">The service.</param>
/// <param name="Client">Address of the client.</param>
/// <param name="Port">Its port.</param>
/// <param name="Current">The backend that it had, when it was closed and is opened again; it may be kept. Null for a new connection.</param>
/// <param name="IsAllowed">Whether a backend can be chosen.</param>
public sealed record BackendRequest(
    LoadBalancerConfiguration Configuration,
    VirtualService Service,
    IpAddress Client,
    ushort Port,
    Backend? Current,
    Func<Backend, bool> IsAllowed);
