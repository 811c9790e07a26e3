namespace Metron.Offline.Tests;

/// <summary>A flow of which a packet went through the chain.</summary>
internal sealed class KnownFlow(int ingress, FrameBuilder packet)
{
    public int Ingress => ingress;

    /// <summary>What was sent.</summary>
    public FrameBuilder Packet => packet;

    /// <summary>Where it left the last time; -1 when no endpoint is known.</summary>
    public int Egress { get; set; } = -1;

    /// <summary>What left the last time, without VLAN header.</summary>
    public byte[] Left { get; set; } = [];

    /// <summary>Headers of that.</summary>
    public PacketHeaders Headers { get; set; }
}

/// <summary>A packet of a scene.</summary>
/// <param name="Flow">The flow that it is about.</param>
/// <param name="Move">Who sends what.</param>
/// <param name="Flags">Flags if it is TCP.</param>
/// <param name="Pause">Milliseconds that pass before it.</param>
internal readonly record struct Cue(KnownFlow Flow, Move Move, TcpFlags Flags = TcpFlags.Acknowledgement, long Pause = 0);

/// <summary>Who sends what.</summary>
internal enum Move
{
    /// <summary>Another packet of the flow.</summary>
    Again,

    /// <summary>From the other end.</summary>
    Answer,

    /// <summary>An ICMP error about what left.</summary>
    Error,

    /// <summary>The same from another host, with the same ports.</summary>
    Neighbour,

    /// <summary>The same with another source port.</summary>
    Stranger,
}

/// <summary>
/// Sequences that single random packets hardly ever form: what happens around the end of state, and what keeps it alive and what must not.
/// </summary>
internal sealed class Scenes(Dice dice, TrafficClock clock)
{
    private const TcpFlags Fin = TcpFlags.Fin | TcpFlags.Acknowledgement;

    /// <summary>A scene about a flow.</summary>
    public IEnumerable<Cue> About(KnownFlow flow)
    {
        var idle = dice.Of(clock.IdleTimes(flow.Packet.Protocol));
        var most = idle * 6 / 10;
        return dice.Below(8) switch
        {
            0 or 1 => [.. Connect(flow), .. OneSided(flow, Move.Answer, most)],
            2 => [.. Connect(flow), .. OneSided(flow, Move.Again, most)],
            3 => [.. Connect(flow), .. OneSided(flow, Move.Error, most)],
            4 => [.. Connect(flow), .. AroundTheEnd(flow, idle)],
            5 => [.. Connect(flow), .. Close(flow, idle)],
            6 => [.. Reuse(flow, idle)],
            _ => [.. Flood(flow, idle)],
        };
    }

    /// <summary>Three-way handshake; of other protocols a packet each way.</summary>
    private IEnumerable<Cue> Connect(KnownFlow flow)
    {
        yield return new Cue(flow, Move.Again, TcpFlags.Syn);
        if (dice.Percent(85))
        {
            yield return new Cue(flow, Move.Answer, TcpFlags.Syn | TcpFlags.Acknowledgement);
            yield return new Cue(flow, Move.Again);
            yield return new Cue(flow, Move.Again);
            yield return new Cue(flow, Move.Answer);
        }
    }

    /// <summary>Only one side speaks, often enough to keep state alive if it may, and then the other one.</summary>
    private IEnumerable<Cue> OneSided(KnownFlow flow, Move move, long pause)
    {
        for (var i = dice.Between(1, 3); i >= 0; i--)
        {
            yield return new Cue(flow, move, Pause: pause);
            yield return new Cue(flow, move);
        }

        yield return new Cue(flow, dice.Of(Move.Answer, Move.Answer, Move.Again, Move.Error));
    }

    private IEnumerable<Cue> AroundTheEnd(KnownFlow flow, long idle)
    {
        yield return new Cue(flow, Speaker(), Pause: idle - 1);
        yield return new Cue(flow, Speaker(), Pause: dice.Percent(50) ? idle - 1 : idle + TrafficClock.Late);
        yield return new Cue(flow, Speaker());
    }

    private IEnumerable<Cue> Close(KnownFlow flow, long idle)
    {
        var (first, second) = dice.Percent(50) ? (Move.Again, Move.Answer) : (Move.Answer, Move.Again);
        yield return new Cue(flow, first, dice.Percent(70) ? Fin : TcpFlags.Reset);
        if (dice.Percent(70))
        {
            yield return new Cue(flow, second, dice.Percent(80) ? Fin : TcpFlags.Reset);
        }

        for (var i = dice.Below(4); i > 0; i--)
        {
            yield return new Cue(flow, dice.Of(first, second));
        }

        var pause = dice.Of(0, idle * 6 / 10, idle - 1, idle + TrafficClock.Late);
        yield return new Cue(flow, Speaker(), dice.Percent(60) ? TcpFlags.Acknowledgement : TcpFlags.Syn, pause);
        yield return new Cue(flow, Speaker(), dice.Percent(80) ? TcpFlags.Acknowledgement : TcpFlags.Syn);
    }

    /// <summary>Another host with the same ports, while the first one's state lives, and when it just lives no more.</summary>
    private IEnumerable<Cue> Reuse(KnownFlow flow, long idle)
    {
        yield return new Cue(flow, Move.Again, TcpFlags.Syn);
        yield return new Cue(flow, Move.Neighbour, TcpFlags.Syn, dice.Of(0, idle - 1, idle + TrafficClock.Late));
        yield return new Cue(flow, Move.Answer);
        yield return new Cue(flow, Move.Again, TcpFlags.Syn, dice.Of(0, idle - 1, idle + TrafficClock.Late));
        yield return new Cue(flow, Move.Answer);
    }

    private IEnumerable<Cue> Flood(KnownFlow flow, long idle)
    {
        for (var i = dice.Between(4, 14); i > 0; i--)
        {
            yield return new Cue(flow, Move.Stranger, TcpFlags.Syn);
        }

        yield return new Cue(flow, Speaker(), Pause: dice.Of(0, 0, idle - 1));
    }

    private Move Speaker() => dice.Of(Move.Again, Move.Answer, Move.Answer, Move.Error);
}
