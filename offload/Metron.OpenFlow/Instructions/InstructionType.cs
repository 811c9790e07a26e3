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

    /// <summary>OpenFlow 1.5.</summary>
    StatTrigger = 7,
    Experimenter = 0xffff,
}
