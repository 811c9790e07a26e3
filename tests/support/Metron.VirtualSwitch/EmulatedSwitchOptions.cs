using System.Net;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>What an emulated switch is.</summary>
public sealed record EmulatedSwitchOptions
{
    public ulong DatapathId { get; init; } = 1;

    /// <summary>What it can do; what the profile lacks is refused with the error of the standard. The default can what Open vSwitch can.</summary>
    public SwitchProfile Profile { get; init; } = new() { Name = "emulated" };

    /// <summary>Versions that it speaks; by default those of the profile.</summary>
    public VersionSet? Versions { get; init; }

    /// <summary>Tables, numbered from 0, of a profile that does not list any: 1 to 255.</summary>
    public byte TableCount { get; init; } = 254;

    public IReadOnlyList<EmulatedPort> Ports { get; init; } = [.. Enumerable.Range(1, 8).Select(number => new EmulatedPort((uint)number, $"p{number}"))];

    /// <summary>Largest generation id of a role request that it has seen; null for none.</summary>
    public ulong? GenerationId { get; init; }

    /// <summary>Ways in which it does not do what the standard says.</summary>
    public Faults Faults { get; init; } = Faults.None;

    /// <summary>Rules in one part of a statistics reply, 1 or more.</summary>
    public int RulesPerPart { get; init; } = 200;

    /// <summary>How long it waits before it connects again to a controller that went away.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Messages that <see cref="EmulatedSwitch.Received"/> remembers; older ones are forgotten.</summary>
    public int RememberedMessages { get; init; } = 10_000;

    /// <summary>Address that it connects from: 127.0.0.2 and so on make it a peer of its own on one machine. Null for any.</summary>
    public IPAddress? LocalAddress { get; init; }

    /// <summary>Put around each socket, for TLS. Gets whether the switch opened the connection.</summary>
    public Func<Stream, bool, CancellationToken, ValueTask<Stream>>? StreamDecorator { get; init; }

    /// <summary>Clock of timeouts of rules, of meters and of slow answers.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
