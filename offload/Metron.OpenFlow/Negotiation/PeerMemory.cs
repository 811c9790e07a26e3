using System.Net;

namespace Metron.OpenFlow;

/// <summary>Which HELLO to send to which address, learnt from peers that closed on the usual one.</summary>
/// <remarks>Safe for concurrent use. Forgets the oldest address when full.</remarks>
internal sealed class PeerMemory(VersionSet versions)
{
    private const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, HelloStyle> _styles = [];
    private readonly Queue<IPAddress> _order = new();

    public HelloStyle StyleFor(IPAddress? peer)
    {
        lock (_lock)
        {
            return peer is not null && _styles.TryGetValue(peer, out var style) ? style : HelloStyle.WithBitmap(versions);
        }
    }

    /// <summary>The peer closed on <paramref name="tried"/>: the next attempt uses the other style.</summary>
    public void Rejected(IPAddress? peer, HelloStyle tried, OpenFlowVersion? negotiated)
    {
        if (peer is null)
        {
            return;
        }

        lock (_lock)
        {
            if (!_styles.ContainsKey(peer))
            {
                if (_order.Count == Capacity)
                {
                    _styles.Remove(_order.Dequeue());
                }

                _order.Enqueue(peer);
            }

            _styles[peer] = tried.Other(negotiated);
        }
    }
}
