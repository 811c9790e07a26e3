using System.Buffers.Binary;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// A flow rule as rte_flow_create wants it, in memory of the caller that must not move: attributes, a pattern of items that ends with END,
/// and a list of actions that ends with END.
/// </summary>
internal readonly unsafe struct NativeFlowRule
{
    /// <summary>Bytes of memory that a rule needs.</summary>
    public const int Bytes = 256;

    private const int PatternAt = 16;
    private const int SpecificationAt = PatternAt + (3 * Abi23.FlowItemSize);
    private const int MaskAt = SpecificationAt + 32;
    private const int ActionsAt = MaskAt + 32;
    private const int QueueAt = ActionsAt + (2 * Abi23.FlowActionSize);

    private readonly byte* _memory;

    /// <param name="memory"><see cref="Bytes"/> bytes, aligned to 8.</param>
    /// <param name="match">Frames.</param>
    /// <param name="queue">RX queue for them.</param>
    public NativeFlowRule(byte* memory, FlowMatch match, int queue)
    {
        _memory = memory;
        new Span<byte>(memory, Bytes).Clear();
        Attributes[Abi23.FlowAttributesFlags] = Abi23.FlowAttributesIngress;
        if (match.VlanId is { } vlan)
        {
            SetItem(0, Abi23.FlowItemTypeEthernet, hasSpecification: false);
            SetItem(1, Abi23.FlowItemTypeVlan, hasSpecification: true);
            BinaryPrimitives.WriteUInt16BigEndian(At(SpecificationAt + Abi23.FlowVlanTci, 2), vlan);
            BinaryPrimitives.WriteUInt16BigEndian(At(MaskAt + Abi23.FlowVlanTci, 2), 0x0fff);
        }
        else
        {
            SetItem(0, Abi23.FlowItemTypeEthernet, hasSpecification: true);
            WriteMac(At(SpecificationAt + Abi23.FlowEthernetDestination, 6), match.DestinationMacAddress);
            WriteMac(At(MaskAt + Abi23.FlowEthernetDestination, 6), match.DestinationMacMask);
            SetItem(1, Abi23.FlowItemTypeEnd, hasSpecification: false);
        }

        SetItem(2, Abi23.FlowItemTypeEnd, hasSpecification: false);
        *(ushort*)(memory + QueueAt) = (ushort)queue;
        *(int*)(Actions + Abi23.FlowActionType) = Abi23.FlowActionTypeQueue;
        *(byte**)(Actions + Abi23.FlowActionConfiguration) = memory + QueueAt;
        *(int*)(Actions + Abi23.FlowActionSize + Abi23.FlowActionType) = Abi23.FlowActionTypeEnd;
    }

    /// <summary>struct rte_flow_attr.</summary>
    public byte* Attributes => _memory;

    /// <summary>Array of struct rte_flow_item.</summary>
    public byte* Pattern => _memory + PatternAt;

    /// <summary>Array of struct rte_flow_action.</summary>
    public byte* Actions => _memory + ActionsAt;

    private static void WriteMac(Span<byte> octets, ulong mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(mac >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], (uint)mac);
    }

    private Span<byte> At(int offset, int length) => new(_memory + offset, length);

    private void SetItem(int index, int type, bool hasSpecification)
    {
        var item = Pattern + (index * Abi23.FlowItemSize);
        *(int*)(item + Abi23.FlowItemType) = type;
        if (hasSpecification)
        {
            *(byte**)(item + Abi23.FlowItemSpecification) = _memory + SpecificationAt;
            *(byte**)(item + Abi23.FlowItemMask) = _memory + MaskAt;
        }
    }
}
