using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>The groups of a <see cref="SwitchModel"/>: those that send each packet out by one port, which they choose by what is up and by a hash of the flow.</summary>
internal sealed class ModelGroups
{
    private readonly Dictionary<uint, GroupDescription> _groups = [];
    private readonly HashSet<uint> _portsDown;

    /// <exception cref="ArgumentException">A group does something else.</exception>
    public ModelGroups(IEnumerable<GroupDescription> groups, IEnumerable<uint> portsDown)
    {
        _portsDown = [.. portsDown];
        foreach (var group in groups)
        {
            var isKnown = group.Kind is GroupKind.FastFailover or GroupKind.Select
                && group.Buckets.All(bucket => bucket is { WatchGroup: GroupNumber.Any, Actions: [OutputAction { Port: <= PortNumber.Maximum }] });
            _groups[group.Group] = isKnown ? group : throw new ArgumentException($"the model of a switch does not know {group}", nameof(groups));
        }
    }

    /// <summary>The port that a packet leaves by; 0 when it does not leave.</summary>
    public uint Choose(uint number, in SwitchKey key)
    {
        var live = _groups.TryGetValue(number, out var group) ? group.Buckets.Where(bucket => !_portsDown.Contains(bucket.WatchPort)).ToList() : [];
        if (live.Count == 0)
        {
            return 0;
        }

        var port = ((OutputAction)(group!.Kind == GroupKind.Select ? ByHash(live, key) : live[0]).Actions[0]).Port;

        // What comes back to where it came from does not leave (OpenFlow 1.3.5 section 7.2.5).
        return port == key.InPort ? 0 : port;
    }

    private static Bucket ByHash(List<Bucket> buckets, in SwitchKey key)
    {
        var place = key.FlowHash % (uint)buckets.Sum(bucket => bucket.Weight);
        foreach (var bucket in buckets)
        {
            if (place < bucket.Weight)
            {
                return bucket;
            }

            place -= bucket.Weight;
        }

        return buckets[^1];
    }
}
