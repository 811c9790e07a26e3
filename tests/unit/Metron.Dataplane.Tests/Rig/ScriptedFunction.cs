using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

internal delegate Verdict Treatment(ScriptedFunction function, ref FlowPacket packet, int port);

/// <summary>A function that a test writes down on the spot.</summary>
internal sealed record ScriptedConfiguration(string Name, Treatment Process, Treatment? OnError = null) : NetworkFunctionConfiguration(Name)
{
    /// <summary>A function that lets everything pass to the other side.</summary>
    public static ScriptedConfiguration Pass(string name) => new(name, (_, ref _, port) => Verdict.Forward(1 - port, 0));

    public NetworkFunction Make() => new ScriptedFunction(this);
}

/// <summary>Carries the script out, and remembers what the dataplane told it.</summary>
internal sealed class ScriptedFunction(ScriptedConfiguration configuration) : NetworkFunction
{
    public override string Name => configuration.Name;

    /// <summary>Packets it was asked about.</summary>
    public List<PacketHeaders> Asked { get; } = [];

    public List<(int Handle, FlowReference Flow)> Attached { get; } = [];

    public List<(int Handle, FlowReference Flow, long LastSeen, ulong Packets, ulong Bytes)> Detached { get; } = [];

    /// <summary>Flows that rest on it now.</summary>
    public HashSet<(int Handle, FlowReference Flow)> Live { get; } = [];

    public List<NetworkFunction> Adopted { get; } = [];

    public Action<long, IFlowDirectory>? OnAge { get; set; }

    public int Ages { get; private set; }

    public override Verdict Process(ref FlowPacket packet, int port)
    {
        Asked.Add(packet.Headers);
        return configuration.Process(this, ref packet, port);
    }

    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port)
    {
        Asked.Add(packet.Headers);
        return (configuration.OnError ?? ((_, ref _, from) => Verdict.ForwardOnce(1 - from, 0)))(this, ref packet, port);
    }

    public override void FlowAttached(int handle, FlowReference flow)
    {
        Attached.Add((handle, flow));
        Assert.True(Live.Add((handle, flow)));
    }

    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes)
    {
        Detached.Add((handle, flow, lastSeen, packets, bytes));
        Assert.True(Live.Remove((handle, flow)));
    }

    public override int Age(long now, IFlowDirectory flows, int budget)
    {
        Ages++;
        OnAge?.Invoke(now, flows);
        return 0;
    }

    public override void Adopt(NetworkFunction previous) => Adopted.Add(previous);

    public override void Report(IFlowDirectory flows, FunctionReport report) => report.Counters["asked"] = Asked.Count;
}
