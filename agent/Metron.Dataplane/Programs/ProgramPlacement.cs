using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Programs;

/// <summary>A program that is deployed: its instances in the flow groups, and the slots of its tags. Immutable.</summary>
/// <param name="Compiled">The program.</param>
/// <param name="Number">Its number, from 1 on.</param>
/// <param name="Programs">The program in each flow group; null where none of its tags leads.</param>
/// <param name="Slots">The slots of its tags.</param>
internal sealed record ProgramPlacement(
    CompiledProgram Compiled, ushort Number, WorkerProgram?[] Programs, IReadOnlyList<TagSlots> Slots);

/// <summary>The slots of a tag: one, or one for each flow group.</summary>
/// <param name="First">Number of the first.</param>
/// <param name="Slots">The slots, in the order of their groups.</param>
internal sealed record TagSlots(ushort First, IReadOnlyList<IngressSlot> Slots)
{
    /// <summary>The tag.</summary>
    public IngressTag Tag => Slots[0].Tag;

    /// <summary>Whether frames carry it.</summary>
    public bool IsTagged => Slots[0].IsTagged;

    /// <summary>Where packets with it enter.</summary>
    public uint Place => Tag.Worker == IngressTag.AnyGroup
        ? Workers.IngressPlace.OfAll(First) : Workers.IngressPlace.Of(First, Slots[0].Program.Group);
}
