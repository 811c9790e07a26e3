using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What a check does, and how long it waits. The defaults suit a switch that carries traffic.</summary>
public sealed record ProbeOptions
{
    /// <summary>How long the switch may take to answer a request.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the switch may take for its HELLO and its FEATURES_REPLY.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a switch that connects by itself may take to connect again.</summary>
    public TimeSpan ReconnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a rule may take to come into force, or to be gone, behind a barrier whose word is not worth anything.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How many tables are tried, from the lowest number on; the pipeline of a chain has up to 21.</summary>
    public int Tables { get; init; } = 21;

    /// <summary>Rules by which the rate is measured.</summary>
    public int RateRules { get; init; } = 1000;

    /// <summary>Whether tables are filled until they refuse: while that lasts, nobody else can add rules.</summary>
    public bool Destructive { get; init; }

    /// <summary>Most rules that a table is filled with.</summary>
    public int MaximumRules { get; init; } = 100_000;

    /// <summary>Name of the profile; null for one made of the datapath id.</summary>
    public string? ProfileName { get; init; }

    /// <summary>Clock of all timeouts and measurements.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal OpenFlowConnectionOptions Connection(VersionSet versions) => new()
    {
        Versions = versions,
        HandshakeTimeout = HandshakeTimeout,
        RequestTimeout = AnswerTimeout,
        TimeProvider = TimeProvider,
    };
}
