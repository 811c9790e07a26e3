using Metron.NetworkFunctions.Policer;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>
/// Limits by the generic cell rate algorithm, virtual scheduling (ITU-T I.371, annex A): instead of tokens it keeps the time at which the bucket
/// would be full again, as a fraction without rounding.
/// </summary>
/// <param name="configuration">The policer.</param>
/// <param name="workers">How many workers share a limit that is not per flow.</param>
internal sealed class ReferencePolicer(PolicerConfiguration configuration, int workers) : ReferenceFunction
{
    /// <summary>When each bucket is full again, in the units of <see cref="Conforms"/>.</summary>
    private readonly Dictionary<object, Int128> _full = [];

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var fields = packet.Fields;
        var number = configuration.Limits.ToList().FindIndex(
            limit => (limit.FromPort ?? port) == port && RuleReading.Fits(limit.Match, fields));
        if (number < 0)
        {
            return ReferenceVerdict.Forward(1 - port);
        }

        var limit = configuration.Limits[number];

        // An ICMP error goes to the worker of the connection that it is about, and errors alike may be about several.
        var worker = limit.PerFlow && fields.IcmpKind != IcmpKind.Error ? 0 : choices.Worker;
        object bucket = limit.PerFlow
            ? (number, port, worker, (fields.Source, fields.Destination), fields.Protocol, (fields.SourcePort, fields.DestinationPort), (fields.IcmpType, fields.IcmpCode), fields.IsFragment)
            : (number, port, worker);
        return Conforms(limit, bucket, now, packet.Frame.Length)
            ? ReferenceVerdict.Forward(1 - port)
            : ReferenceVerdict.Drop(DropReason.RateExceeded);
    }

    /// <summary>
    /// A packet of cost c conforms when the bucket would be full by now + (burst - c) / rate, or is full; and moves that time by c / rate. All times
    /// rate, so that nothing is divided: a millisecond is rate / 1000 tokens.
    /// </summary>
    private bool Conforms(PolicerLimit limit, object bucket, long now, int bytes)
    {
        Int128 share = limit.PerFlow ? 1 : workers;
        Int128 cost = (limit.InPackets ? 1 : bytes * 8) * 1000 * share;
        Int128 burst = (Int128)limit.Burst * (limit.InPackets ? 1 : 8) * 1000;
        var present = (Int128)now * limit.Rate;
        var full = Int128.Max(_full.GetValueOrDefault(bucket, present), present);
        if (full - present > burst - cost && full != present)
        {
            return false;
        }

        _full[bucket] = full + cost;
        return true;
    }
}
