using System.Globalization;

namespace Metron.Dpdk;

/// <summary>Where a flow rule sends frames: to one RX queue, or to a set of them by RSS (rte_flow.h, QUEUE and RSS).</summary>
public sealed class FlowTarget
{
    private readonly ushort[] _queues;

    private FlowTarget(ushort[] queues, RssHashTypes types, ReadOnlyMemory<byte> key)
    {
        _queues = queues;
        HashTypes = types;
        Key = key;
    }

    /// <summary>
    /// RX queues. With RSS, the device has a table of its own for the rule: the hash modulo their number, for most devices, is the index. A queue that
    /// stands here twice gets twice the share.
    /// </summary>
    public ReadOnlySpan<ushort> Queues => _queues;

    /// <summary>What is hashed; none for a single queue.</summary>
    public RssHashTypes HashTypes { get; }

    /// <summary>Toeplitz key; empty for the device's own.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>Whether frames are spread by RSS.</summary>
    public bool IsRss => HashTypes != RssHashTypes.None;

    /// <summary>One RX queue.</summary>
    public static FlowTarget Queue(ushort queue) => new([queue], RssHashTypes.None, default);

    /// <summary>A set of RX queues, by RSS.</summary>
    /// <param name="queues">One or more.</param>
    /// <param name="types">What is hashed, at least one.</param>
    /// <param name="key">Toeplitz key; empty for the device's own.</param>
    public static FlowTarget Rss(ReadOnlySpan<ushort> queues, RssHashTypes types, ReadOnlyMemory<byte> key = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(queues.Length, nameof(queues));
        ArgumentOutOfRangeException.ThrowIfEqual(types, RssHashTypes.None);
        return new FlowTarget(queues.ToArray(), types, key.ToArray());
    }

    /// <inheritdoc/>
    public override string ToString() => IsRss
        ? string.Create(CultureInfo.InvariantCulture, $"RSS over RX queues {string.Join(",", _queues)} by {HashTypes}")
        : string.Create(CultureInfo.InvariantCulture, $"RX queue {_queues[0]}");
}
