namespace Metron.OpenFlow;

/// <summary>Instruction types of OpenFlow 1.3 and 1.4 (<c>OFPIT_*</c>).</summary>
public enum InstructionType : ushort
{
    GotoTable = 1,
    WriteMetadata = 2,
    WriteActions = 3,
    ApplyActions = 4,
    ClearActions = 5,
    Meter = 6,
    Experimenter = 0xffff,
}
