using System.Numerics;
using System.Runtime.CompilerServices;
using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane.Nics;

/// <summary>Which tags name which flow group, for NICs that dispatch by tag: as VLAN id, or in the destination MAC (<see cref="DispatchTag"/>). Immutable.</summary>
public sealed unsafe class TagGroups
{
    private const ushort NoGroup = ushort.MaxValue;
    private const ushort VlanEtherType = 0x0081; // 0x8100 in the byte order of x86 and Arm
    private const int MinimumFrame = 18;
    private const int GroupBits = 16;
    private const ulong Free = ulong.MaxValue;

    private readonly ushort[] _byVlan = new ushort[DispatchTag.MaximumVlanTag + 2];
    private readonly ulong[] _byMac; // open addressing: tag above group; Free where there is none
    private readonly bool _hasVlans;
    private readonly bool _hasMacs;

    /// <param name="byVlan">Flow group of each tag that is a VLAN id, 1 to 4,094.</param>
    /// <param name="byMac">Flow group of each tag that is a MAC address, 0 to 2^24 - 1.</param>
    /// <exception cref="ArgumentException">A tag is out of range.</exception>
    public TagGroups(IReadOnlyDictionary<uint, ushort> byVlan, IReadOnlyDictionary<uint, ushort> byMac)
    {
        Array.Fill(_byVlan, NoGroup);
        foreach (var (tag, group) in byVlan)
        {
            Require(tag is >= 1 and <= DispatchTag.MaximumVlanTag, tag, "VLAN ids");
            _byVlan[tag] = group;
        }

        _byMac = new ulong[BitOperations.RoundUpToPowerOf2((uint)(byMac.Count * 2) + 2)];
        Array.Fill(_byMac, Free);
        foreach (var (tag, group) in byMac)
        {
            Require(tag <= DispatchTag.MaximumMacTag, tag, "MAC addresses");
            _byMac[PlaceOf(tag)] = (ulong)tag << GroupBits | group;
        }

        (_hasVlans, _hasMacs) = (byVlan.Count > 0, byMac.Count > 0);
        LargestGroup = Math.Max(byVlan.Values.DefaultIfEmpty().Max(), byMac.Values.DefaultIfEmpty().Max());
    }

    /// <summary>No tag names a flow group: the hash does.</summary>
    public static TagGroups None { get; } = new(new Dictionary<uint, ushort>(), new Dictionary<uint, ushort>());

    /// <summary>Largest flow group that a tag names.</summary>
    internal int LargestGroup { get; }

    /// <summary>The flow group that a frame's tag names.</summary>
    /// <returns>False when it has no tag, or one that is not in the tables.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryFind(Mbuf mbuf, out int group)
    {
        group = NoGroup;
        if (_hasVlans || _hasMacs)
        {
            group = Find(mbuf);
        }

        return group != NoGroup;
    }

    private int Find(Mbuf mbuf)
    {
        var frame = mbuf.Data;
        if (mbuf.DataLength < MinimumFrame)
        {
            return NoGroup;
        }

        if (_hasVlans && *(ushort*)(frame + 12) == VlanEtherType)
        {
            return _byVlan[(frame[14] << 8 | frame[15]) & 0xfff];
        }

        var mac = (ulong)frame[0] << 40 | (ulong)frame[1] << 32 | (uint)(frame[2] << 24 | frame[3] << 16 | frame[4] << 8 | frame[5]);
        return _hasMacs && DispatchTag.TryRead(new MacAddress(mac), out var tag) ? (ushort)_byMac[PlaceOf(tag)] : NoGroup;
    }

    /// <summary>Where a tag stands in the table of MAC addresses, or the free place (whose low bits mean no group) where it would.</summary>
    private uint PlaceOf(uint tag)
    {
        var mask = (uint)_byMac.Length - 1;
        var at = tag & mask;
        while (_byMac[at] != Free && _byMac[at] >> GroupBits != tag)
        {
            at = (at + 1) & mask;
        }

        return at;
    }

    private static void Require(bool holds, uint tag, string kind)
    {
        if (!holds)
        {
            throw new ArgumentException($"{tag} is no tag that {kind} carry");
        }
    }
}
