using System.Runtime.InteropServices;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>The calls of rte_flow for one device; a fake records them in tests, since few devices have flow rules.</summary>
internal interface IFlowCalls
{
    /// <summary>Asks whether a rule would be taken.</summary>
    FlowRefusal? Validate(NativeFlowRule rule);

    /// <summary>Makes a rule.</summary>
    /// <param name="rule">Which.</param>
    /// <param name="flow">Handle of the rule; 0 when it is refused.</param>
    FlowRefusal? Create(NativeFlowRule rule, out nint flow);

    /// <summary>Removes a rule.</summary>
    FlowRefusal? Destroy(nint flow);
}

/// <summary>Why a device refuses a rule.</summary>
/// <param name="ErrorNumber">errno, positive.</param>
/// <param name="Message">The driver's words.</param>
internal sealed record FlowRefusal(int ErrorNumber, string Message);

/// <summary>rte_flow of a device.</summary>
internal sealed unsafe class DpdkFlowCalls(ushort port) : IFlowCalls
{
    public FlowRefusal? Validate(NativeFlowRule rule)
    {
        var error = stackalloc byte[Abi23.FlowErrorSize];
        var result = EthdevNative.ValidateFlow(port, rule.Attributes, rule.Pattern, rule.Actions, Clear(error));
        return result < 0 ? Read(-result, error) : null;
    }

    public FlowRefusal? Create(NativeFlowRule rule, out nint flow)
    {
        var error = stackalloc byte[Abi23.FlowErrorSize];
        flow = EthdevNative.CreateFlow(port, rule.Attributes, rule.Pattern, rule.Actions, Clear(error));
        return flow == 0 ? Read(DpdkLibraries.Errno, error) : null;
    }

    public FlowRefusal? Destroy(nint flow)
    {
        var error = stackalloc byte[Abi23.FlowErrorSize];
        var result = EthdevNative.DestroyFlow(port, flow, Clear(error));
        return result < 0 ? Read(-result, error) : null;
    }

    private static byte* Clear(byte* error)
    {
        new Span<byte>(error, Abi23.FlowErrorSize).Clear();
        return error;
    }

    private static FlowRefusal Read(int errorNumber, byte* error) =>
        new(errorNumber, Marshal.PtrToStringUTF8(*(nint*)(error + Abi23.FlowErrorMessage)) ?? "no reason given");
}
