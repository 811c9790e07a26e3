using System.Runtime.CompilerServices;
using Metron.Dataplane.Appliances;
using Metron.Dataplane.Workers;
using Metron.Packets;

namespace Metron.Dataplane.Programs;

/// <summary>All that a worker runs at a time: tags, slots, programs. Immutable; replaced as a whole between two bursts.</summary>
internal sealed class WorkerSnapshot
{
    /// <summary>No such tag. No valid slot has this number.</summary>
    public const ushort UnknownSlot = 0;

    /// <summary>The tag's program was undeployed.</summary>
    public const ushort UndeployedSlot = 0xffff;

    /// <summary>The tag is another worker's.</summary>
    public const ushort OtherWorkerSlot = 0xfffe;

    /// <summary>Largest number of a valid slot.</summary>
    public const ushort LastSlot = 0xfffd;

    /// <summary>Numbers from here on are those of a worker's own segments (<see cref="Workers.Segments"/>), not of tags.</summary>
    public const ushort FirstSegment = 0x8000;

    private const int VlanIds = 4096;

    private readonly ushort[] _vlanSlots = new ushort[VlanIds];

    /// <param name="vlanSlots">Slot of each VLAN tag.</param>
    /// <param name="macSlots">Slot of each MAC tag.</param>
    /// <param name="untaggedSlot">Slot of frames without a tag.</param>
    /// <param name="slots">The slots by number.</param>
    /// <param name="programs">The programs.</param>
    public WorkerSnapshot(
        IReadOnlyDictionary<uint, ushort> vlanSlots,
        IReadOnlyDictionary<uint, ushort> macSlots,
        ushort untaggedSlot,
        IngressSlot?[] slots,
        IReadOnlyList<WorkerProgram> programs)
    {
        foreach (var (tag, slot) in vlanSlots)
        {
            _vlanSlots[tag] = slot;
        }

        MacTags = new TagTable(macSlots);
        UntaggedSlot = untaggedSlot;
        RefusesVlan = macSlots.Count > 0 && vlanSlots.Count == 0;
        Slots = slots;
        Programs = programs;
        ReadsNext = programs.Any(program => program.ReadsNext);
    }

    /// <summary>Runs nothing.</summary>
    public static WorkerSnapshot Empty { get; } =
        new(new Dictionary<uint, ushort>(), new Dictionary<uint, ushort>(), UnknownSlot, [null], []);

    /// <summary>The slots by number.</summary>
    public IngressSlot?[] Slots { get; }

    /// <summary>Whether a function wants to see the packet behind one that it works on.</summary>
    public bool ReadsNext { get; }

    /// <summary>The programs.</summary>
    public IReadOnlyList<WorkerProgram> Programs { get; }

    /// <summary>Which tags stand for interfaces to closed programs.</summary>
    public ApplianceRoutes Appliances { get; init; } = new(0);

    /// <summary>Slots of the tags that are MAC addresses.</summary>
    public TagTable MacTags { get; }

    /// <summary>Slot of frames without a tag; <see cref="UnknownSlot"/> when they are not expected.</summary>
    public ushort UntaggedSlot { get; }

    /// <summary>Whether a VLAN header belongs on no frame, because all tags are MAC addresses.</summary>
    public bool RefusesVlan { get; }

    /// <summary>Whether the number is that of a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSlot(ushort number) => (ushort)(number - 1) < LastSlot;

    /// <summary>Slot of a VLAN tag.</summary>
    /// <param name="tagControl">Tag control information in host order; only the VLAN id counts.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort VlanSlot(ushort tagControl) => _vlanSlots[tagControl & (VlanIds - 1)];

    /// <summary>Slot of a frame without a VLAN header, by its destination MAC.</summary>
    public ushort MacSlot(MacAddress destination) =>
        DispatchTag.TryRead(destination, out var tag) ? MacTags.Find(tag, UntaggedSlot) : UntaggedSlot;
}
