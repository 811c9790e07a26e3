using Metron.NetworkFunctions.WanOptimizer;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Options are cut apart one by one; the first right one of kind 2 is lowered.</summary>
internal sealed class ReferenceWanOptimizer(WanOptimizerConfiguration configuration) : ReferenceFunction
{
    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var fields = packet.Fields;
        if (fields.IsTcp && fields.TcpFlags.HasFlag(TcpFlags.Syn) && !fields.IsFragment)
        {
            Lower(packet, fields.IsV6 ? Math.Max(1280, configuration.PathMtu) - 60 : configuration.PathMtu - 40);
        }

        return ReferenceVerdict.Forward(1 - port);
    }

    private static void Lower(ReferencePacket packet, int most)
    {
        var start = packet.Fields.Transport;
        var options = new Queue<int>(Enumerable.Range(start + 20, ((packet.ByteAt(start + 12) >> 4) * 4) - 20));
        while (options.TryDequeue(out var at) && packet.ByteAt(at) is var kind and not 0)
        {
            if (kind == 1)
            {
                continue;
            }

            if (options.Count == 0 || packet.ByteAt(options.Dequeue()) is var length && (length < 2 || length - 2 > options.Count))
            {
                return;
            }

            var value = Enumerable.Range(0, packet.ByteAt(at + 1) - 2).Select(_ => options.Dequeue()).ToList();
            if (kind == 2 && value.Count == 2)
            {
                var lowered = Math.Min(most, (packet.ByteAt(value[0]) << 8) | packet.ByteAt(value[1]));
                packet.Written[value[0]] = (byte)(lowered >> 8);
                packet.Written[value[1]] = (byte)lowered;
                return;
            }
        }
    }
}
