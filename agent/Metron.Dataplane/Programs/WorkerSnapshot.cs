using System.Runtime.CompilerServices;
using Metron.Dataplane.Appliances;
using Metron.Dataplane.Workers;
using Metron.Packets;

namespace Metron.Dataplane.Programs;

/// <summary>All that a worker runs at a time: tags and slots of all flow groups. Immutable; replaced as a whole between two bursts.</summary>
internal sealed class WorkerSnapshot
{
    /// <summary>No such tag. No valid slot has this number.</summary>
    public const ushort UnknownSlot = 0;

    /// <summary>The tag's program was undeployed.</summary>
    public const ushort UndeployedSlot = 0xffff;

    /// <summary>Largest number of a valid slot.</summary>
    public const ushort LastSlot = 0xfffe;

    /// <summary>Numbers from here on are those of a flow group's own segments (<see cref="Workers.Segments"/>), not of tags.</summary>
    public const ushort FirstSegment = 0x8000;

    private const int VlanIds = 4096;

    private readonly uint[] _vlanPlaces = new uint[VlanIds];

    /// <param name="vlanPlaces">Place (<see cref="IngressPlace"/>) of each VLAN tag.</param>
    /// <param name="macPlaces">Place of each MAC tag.</param>
    /// <param name="untaggedPlace">Place of frames without a tag.</param>
    /// <param name="slots">The slots by number.</param>
    /// <param name="readsNext">Whether a function wants to see the packet behind one that it works on.</param>
    public WorkerSnapshot(
        IReadOnlyDictionary<uint, uint> vlanPlaces,
        IReadOnlyDictionary<uint, uint> macPlaces,
        uint untaggedPlace,
        IngressSlot?[] slots,
        bool readsNext)
    {
        foreach (var (tag, place) in vlanPlaces)
        {
            _vlanPlaces[tag] = place;
        }

        MacTags = new TagTable(macPlaces);
        UntaggedPlace = untaggedPlace;
        RefusesVlan = macPlaces.Count > 0 && vlanPlaces.Count == 0;
        Slots = slots;
        ReadsNext = readsNext;
    }

    /// <summary>Runs nothing.</summary>
    public static WorkerSnapshot Empty { get; } =
        new(new Dictionary<uint, uint>(), new Dictionary<uint, uint>(), UnknownSlot, [null], readsNext: false);

    /// <summary>The slots by number.</summary>
    public IngressSlot?[] Slots { get; }

    /// <summary>Whether a function wants to see the packet behind one that it works on.</summary>
    public bool ReadsNext { get; }

    /// <summary>Which tags stand for interfaces to closed programs.</summary>
    public ApplianceRoutes Appliances { get; init; } = new(0);

    /// <summary>Places of the tags that are MAC addresses.</summary>
    public TagTable MacTags { get; }

    /// <summary>Place of frames without a tag; <see cref="UnknownSlot"/> when they are not expected.</summary>
    public uint UntaggedPlace { get; }

    /// <summary>Whether a VLAN header belongs on no frame, because all tags are MAC addresses.</summary>
    public bool RefusesVlan { get; }

    /// <summary>Whether the number is that of a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSlot(ushort number) => (ushort)(number - 1) < LastSlot;

    /// <summary>Place of a VLAN tag.</summary>
    /// <param name="tagControl">Tag control information in host order; only the VLAN id counts.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint VlanPlace(ushort tagControl) => _vlanPlaces[tagControl & (VlanIds - 1)];

    /// <summary>Place of a frame without a VLAN header, by its destination MAC.</summary>
    public uint MacPlace(MacAddress destination) =>
        DispatchTag.TryRead(destination, out var tag) ? MacTags.Find(tag, UntaggedPlace) : UntaggedPlace;
}
