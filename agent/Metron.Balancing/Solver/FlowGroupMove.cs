namespace Metron.Balancing;

/// <summary>A flow group that changes its worker.</summary>
/// <param name="Group">Number of the flow group, which is its entry in the indirection table.</param>
/// <param name="From">Worker that owns it.</param>
/// <param name="To">Worker that shall own it.</param>
public readonly record struct FlowGroupMove(ushort Group, ushort From, ushort To);
