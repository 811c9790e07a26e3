using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>A group of the switch, read back from its message: the ports that it chooses among.</summary>
/// <param name="Kind">How it chooses.</param>
/// <param name="Ports">What it chooses among, in its order.</param>
public sealed record PortChoice(GroupKind Kind, EquatableArray<ChoicePort> Ports)
{
    /// <summary>A group that is not there: a packet for it goes nowhere.</summary>
    public static PortChoice None { get; } = new(GroupKind.Indirect, []);

    /// <summary>The choice among certain ports, each while it is up.</summary>
    public static PortChoice Of(GroupKind kind, IEnumerable<uint> ports) => new(kind, ports.Select(port => new ChoicePort(port, port)).ToEquatableArray());

    /// <summary>The same for packets that came by a port: they do not leave by it again (OpenFlow 1.3.5 section 7.2.5).</summary>
    public PortChoice For(uint inPort) => Ports.All(port => port.Port != inPort) ? this : this with
    {
        Ports = Ports.Select(port => port.Port == inPort ? port with { Port = 0 } : port).ToEquatableArray(),
    };

    /// <inheritdoc/>
    public override string ToString()
    {
        var ports = string.Join(", ", Ports.Select(port =>
            $"{(port.Port == 0 ? "none" : port.Port)}{(port.Watched == port.Port ? string.Empty : port.Watched == PortNumber.Any ? " (up or not)" : $" (while {port.Watched} is up)")}"));
        return Kind switch
        {
            GroupKind.FastFailover => $"the first of the ports {ports} that is up",
            GroupKind.Select => $"one of the ports {ports} that are up",
            GroupKind.All => $"all of the ports {ports}",
            _ => Ports.IsEmpty ? "a group that is not there" : $"port {ports}",
        };
    }

    /// <summary>Reads groups; null with a problem in words when one says something that is not understood.</summary>
    internal static IReadOnlyDictionary<uint, PortChoice>? ReadAll(IEnumerable<GroupDescription> groups, out string? problem)
    {
        var choices = new Dictionary<uint, PortChoice>();
        foreach (var group in groups)
        {
            List<ChoicePort> ports = [];
            foreach (var bucket in group.Buckets)
            {
                if (bucket.Actions.Count != 1 || bucket.Actions[0] is not OutputAction { Port: <= PortNumber.Maximum } output || bucket.WatchGroup != GroupNumber.Any)
                {
                    problem = $"group {group} cannot be checked: a bucket does more than send packets out by a port";
                    return null;
                }

                // A bucket without weight is never chosen (OpenFlow 1.3.5 section 7.3.4.2).
                if (group.Kind != GroupKind.Select || bucket.Weight > 0)
                {
                    ports.Add(new ChoicePort(output.Port, bucket.WatchPort));
                }
            }

            choices[group.Group] = new PortChoice(group.Kind, ports.ToEquatableArray());
        }

        problem = null;
        return choices;
    }
}

/// <summary>What a group may choose.</summary>
/// <param name="Port">Port that packets leave by; 0 when they do not leave.</param>
/// <param name="Watched">Port that must be up for it.</param>
public readonly record struct ChoicePort(uint Port, uint Watched);
