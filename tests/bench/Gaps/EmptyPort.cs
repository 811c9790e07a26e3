using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.Gaps;

/// <summary>A port where nothing ever arrives: each poll is as short as can be.</summary>
internal readonly unsafe struct EmptyPort : IPacketPort
{
    public ulong Taken => 0;

    public ulong Transmitted => 0;

    public void Attach()
    {
    }

    public void Detach()
    {
    }

    public int Receive(Mbuf* burst, int count) => 0;

    public int Send(Mbuf* burst, int count) => 0;

    public bool TryCopy(Mbuf source, out Mbuf copy)
    {
        copy = default;
        return false;
    }

    public void Free(Mbuf* burst, int count)
    {
    }
}
