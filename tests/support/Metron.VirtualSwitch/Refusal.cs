using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>The switch answers a message with an error.</summary>
internal sealed class Refusal(OpenFlowErrorCode code) : Exception(code.Name)
{
    public OpenFlowErrorCode Code { get; } = code;

    public static Refusal Request(ushort code) => new(new OpenFlowErrorCode(1, code));

    public static Refusal Action(ushort code) => new(new OpenFlowErrorCode(2, code));

    public static Refusal Instruction(ushort code) => new(new OpenFlowErrorCode(3, code));

    public static Refusal Match(ushort code) => new(new OpenFlowErrorCode(4, code));

    public static Refusal Flow(ushort code) => new(new OpenFlowErrorCode(5, code));

    public static Refusal Group(ushort code) => new(new OpenFlowErrorCode(6, code));

    public static Refusal Meter(ushort code) => new(new OpenFlowErrorCode(12, code));

    public static Refusal Bundle(ushort code) => new(new OpenFlowErrorCode(17, code));
}
