using Metron.Dataplane.Nics;

namespace Metron.Dataplane.Groups;

/// <summary>
/// Steers flow groups by a NIC's indirection table. Entry e belongs to group e modulo the number of groups; queue i is worker i's. Belongs to the
/// control thread.
/// </summary>
/// <param name="nic">The NIC.</param>
/// <param name="groups">Number of flow groups.</param>
internal sealed class IndirectionWriter(INic nic, int groups)
{
    private readonly int _perGroup = nic.IndirectionSize / groups;

    /// <summary>Writes the entries of several groups at once.</summary>
    /// <param name="wanted">Groups and the queues they shall go to.</param>
    /// <param name="problem">What the NIC said; null when it did as told.</param>
    /// <returns>What became of each group; null when it is not known.</returns>
    public Steering[]? Write(IReadOnlyList<(int Group, int Queue)> wanted, out string? problem)
    {
        problem = null;
        var before = new ushort[nic.IndirectionSize];
        var changes = wanted.SelectMany(pair => EntriesOf(pair.Group).Select(entry => new IndirectionChange(entry, (ushort)pair.Queue))).ToArray();
        var positions = new ulong[changes.Length];
        try
        {
            nic.ReadIndirection(before);
            nic.WriteIndirection(changes, positions);
            return [.. wanted.Select((pair, index) => new Steering(
                pair.Queue, [.. Enumerable.Range(index * _perGroup, _perGroup).Select(i => ((int)before[changes[i].Entry], positions[i]))]))];
        }
        catch (NicException exception)
        {
            problem = exception.Message;
            return Read(wanted);
        }
    }

    /// <summary>Numbers of a group's entries.</summary>
    private IEnumerable<int> EntriesOf(int group) => Enumerable.Range(0, _perGroup).Select(round => (round * groups) + group);

    private Steering[]? Read(IReadOnlyList<(int Group, int Queue)> wanted)
    {
        var table = new ushort[nic.IndirectionSize];
        try
        {
            nic.ReadIndirection(table);
        }
        catch (NicException)
        {
            return null;
        }

        return [.. wanted.Select(pair =>
        {
            var queues = EntriesOf(pair.Group).Select(entry => (int)table[entry]).Distinct().ToList();
            return new Steering(queues.Count == 1 ? queues[0] : -1, []);
        })];
    }
}

/// <summary>How a flow group is steered after the table was written.</summary>
/// <param name="Queue">The queue that it goes to; -1 when its entries name different ones.</param>
/// <param name="Left">The queues that its entries named before, and the position in each behind which there is no packet of the entry.</param>
internal sealed record Steering(int Queue, IReadOnlyList<(int Queue, ulong Position)> Left)
{
    /// <summary>Position in a queue behind which there is no packet of the group; <see cref="ReleaseOrder.WhenEmpty"/> when it is not known.</summary>
    public ulong PositionIn(int queue) =>
        Left.Where(entry => entry.Queue == queue).Select(entry => entry.Position).DefaultIfEmpty(ReleaseOrder.WhenEmpty).Max();
}
