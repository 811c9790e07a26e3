using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// A flow rule as rte_flow_create wants it, in memory of its own: attributes, a pattern of items that ends with END, and a list of actions
/// that ends with END.
/// </summary>
internal sealed unsafe class NativeFlowRule : IDisposable
{
    private const int PatternAt = 16;
    private const int SpecificationAt = PatternAt + (3 * Abi23.FlowItemSize);
    private const int MaskAt = SpecificationAt + 32;
    private const int ActionsAt = MaskAt + 32;
    private const int ActionAt = ActionsAt + (2 * Abi23.FlowActionSize);
    private const int QueuesAt = ActionAt + Abi23.FlowActionRssSize;

    private readonly byte* _memory;

    /// <param name="match">Frames.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="priority">0 is the highest.</param>
    public NativeFlowRule(FlowMatch match, FlowTarget target, int priority = 0)
    {
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(QueuesAt + (target.Queues.Length * sizeof(ushort)) + target.Key.Length));
        _memory[Abi23.FlowAttributesFlags] = Abi23.FlowAttributesIngress;
        *(uint*)(_memory + Abi23.FlowAttributesPriority) = (uint)priority;
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
        SetTarget(target);
        var actions = _memory + ActionsAt;
        *(int*)(actions + Abi23.FlowActionType) = target.IsRss ? Abi23.FlowActionTypeRss : Abi23.FlowActionTypeQueue;
        *(byte**)(actions + Abi23.FlowActionConfiguration) = _memory + ActionAt;
        *(int*)(actions + Abi23.FlowActionSize + Abi23.FlowActionType) = Abi23.FlowActionTypeEnd;
    }

    /// <summary>Address of the struct rte_flow_attr.</summary>
    public nint Attributes => (nint)_memory;

    /// <summary>Address of the array of struct rte_flow_item.</summary>
    public nint Pattern => (nint)(_memory + PatternAt);

    /// <summary>Address of the array of struct rte_flow_action.</summary>
    public nint Actions => (nint)(_memory + ActionsAt);

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_memory);

    private static void WriteMac(Span<byte> octets, ulong mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(mac >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], (uint)mac);
    }

    private Span<byte> At(int offset, int length) => new(_memory + offset, length);

    private void SetTarget(FlowTarget target)
    {
        var action = _memory + ActionAt;
        if (!target.IsRss)
        {
            *(ushort*)action = target.Queues[0];
            return;
        }

        var queues = (ushort*)(_memory + QueuesAt);
        target.Queues.CopyTo(new Span<ushort>(queues, target.Queues.Length));
        var key = (byte*)(queues + target.Queues.Length);
        target.Key.Span.CopyTo(new Span<byte>(key, target.Key.Length));
        *(int*)(action + Abi23.FlowActionRssFunction) = Abi23.RssFunctionToeplitz;
        *(ulong*)(action + Abi23.FlowActionRssTypes) = (ulong)target.HashTypes;
        *(uint*)(action + Abi23.FlowActionRssKeyLength) = (uint)target.Key.Length;
        *(byte**)(action + Abi23.FlowActionRssKey) = target.Key.Length == 0 ? null : key;
        *(uint*)(action + Abi23.FlowActionRssQueueCount) = (uint)target.Queues.Length;
        *(ushort**)(action + Abi23.FlowActionRssQueues) = queues;
    }

    private void SetItem(int index, int type, bool hasSpecification)
    {
        var item = _memory + PatternAt + (index * Abi23.FlowItemSize);
        *(int*)(item + Abi23.FlowItemType) = type;
        if (hasSpecification)
        {
            *(byte**)(item + Abi23.FlowItemSpecification) = _memory + SpecificationAt;
            *(byte**)(item + Abi23.FlowItemMask) = _memory + MaskAt;
        }
    }
}
