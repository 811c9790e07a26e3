using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.Dataplane.Programs;

/// <summary>Where packets of a flow group with a tag enter. Immutable, but for the way that packets take, which the group's owner notes.</summary>
/// <param name="tag">The tag.</param>
/// <param name="program">Its program in the group.</param>
/// <param name="owners">For each value of the steering field, the tag that it belongs to.</param>
/// <param name="isTagged">Whether frames carry the tag; false for what untagged frames are taken to carry.</param>
internal sealed class IngressSlot(IngressTag tag, WorkerProgram program, uint[] owners, bool isTagged)
{
    private const int LongestWay = 8;

    private readonly (int Function, int Port)[] _way = new (int, int)[LongestWay];
    private int _wayLength;

    public bool IsTagged { get; } = isTagged;

    public IngressTag Tag { get; } = tag;

    public WorkerProgram Program { get; } = program;

    /// <summary>Position in the class trie before the first decision here.</summary>
    public int ClassRoot { get; init; } = program.Compiled.Classes.Root(tag.Endpoint);

    /// <summary>How the NIC's hash chose the flow group; null where the tag did.</summary>
    public HashDispatch? Dispatch { get; init; }

    /// <summary>Where the walk begins.</summary>
    public WireTarget At { get; init; } = new(tag.Entry.Function, tag.Entry.Port, -1);

    /// <summary>Whether frames that enter here are no IP packets, but what the function there makes packets of.</summary>
    public bool TakesRawFrames => Program.TakesRawFrames(At);

    /// <summary>Whether the function here answers ARP requests and neighbour solicitations.</summary>
    public bool AnswersNeighbors => Program.AnswersNeighbors(At);

    /// <summary>Whether packets come from another segment of the chain, not from the switch.</summary>
    public bool IsContinuation { get; init; }

    /// <summary>Whether a router wrote the destination MAC before, so that no endpoint's is written.</summary>
    public bool IsDestinationWritten { get; init; }

    /// <summary>The functions that packets met, as far as the longest of them came, each as it was met last, and the ports they entered by.</summary>
    public ReadOnlySpan<(int Function, int Port)> UsualWay => _way.AsSpan(0, _wayLength);

    /// <summary>Notes that a packet met a function.</summary>
    /// <param name="hop">How many it met before.</param>
    /// <param name="function">The function.</param>
    /// <param name="port">Port that it entered by.</param>
    public void NoteHop(int hop, int function, int port)
    {
        if (hop < LongestWay)
        {
            _way[hop] = (function, port);
            _wayLength = Math.Max(_wayLength, hop + 1);
        }
    }

    /// <summary>
    /// The tag whose worker has the flow that an ICMP error is about. The embedded packet went the other way, so its steering field is the
    /// opposite one. What has no ports, and a value that no tag holds, belongs to this one.
    /// </summary>
    public uint OwnerOf(in PacketHeaders embedded)
    {
        if (embedded.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp) || embedded.IsFragment)
        {
            return Tag.Value;
        }

        var port = Tag.Steering switch
        {
            SteeringField.SourcePort => embedded.DestinationPort,
            SteeringField.DestinationPort => embedded.SourcePort,
            _ => (ushort)0,
        };
        var owner = owners[port & Tag.SteeringMask];
        return owner != 0 ? owner : Tag.Value;
    }

    /// <summary>For each value of an endpoint's steering field, the tag that it belongs to; 0 for none.</summary>
    public static uint[] OwnersOf(ResidualProgram program, IngressTag tag)
    {
        var owners = new uint[tag.SteeringMask + 1];
        foreach (var other in program.IngressTags)
        {
            if (other.Endpoint == tag.Endpoint && other.SteeringMask == tag.SteeringMask)
            {
                foreach (var value in other.SteeringValues)
                {
                    owners[value] = other.Value;
                }
            }
        }

        return owners;
    }
}
