using System.Runtime.InteropServices;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// Rules of one device that send frames to RX queues (rte_flow.h): tag → queue, in hardware. Not every device has them; those that have not
/// say so, and nothing is emulated here. Not thread-safe. Dispose it, which removes its rules, before the device is stopped.
/// </summary>
public sealed unsafe class FlowRules : IDisposable
{
    /// <summary>errno of a driver that has no rte_flow at all.</summary>
    private const int FunctionNotImplemented = 38;

    private readonly EthernetDevice _device;
    private readonly Dictionary<FlowMatch, nint> _rules = [];

    /// <param name="device">A configured device.</param>
    public FlowRules(EthernetDevice device) => _device = device;

    /// <summary>Matches that have a rule.</summary>
    public IReadOnlyCollection<FlowMatch> Matches => _rules.Keys;

    /// <summary>Asks the device whether it would take a rule, without making it (rte_flow_validate).</summary>
    /// <param name="match">Frames.</param>
    /// <param name="queue">RX queue for them.</param>
    /// <param name="reason">Why not, in a sentence; empty when it would.</param>
    public bool CanAdd(FlowMatch match, int queue, out string reason)
    {
        reason = string.Empty;
        var error = stackalloc byte[Abi23.FlowErrorSize];
        using var rule = new NativeFlowRule(match, queue);
        var result = EthdevNative.ValidateFlow(_device.Port, rule.Attributes, rule.Pattern, rule.Actions, Clear(error));
        if (result >= 0)
        {
            return true;
        }

        reason = Explain(match, queue, -result, error);
        return false;
    }

    /// <summary>Makes a rule (rte_flow_create); it works at once.</summary>
    /// <param name="match">Frames; none of them may have a rule already.</param>
    /// <param name="queue">RX queue for them.</param>
    /// <exception cref="DpdkException">The device has no flow rules, no room for more, or cannot match this.</exception>
    public void Add(FlowMatch match, int queue)
    {
        if (_rules.ContainsKey(match))
        {
            throw new DpdkException($"{_device.Name} has a flow rule for {match} already");
        }

        var error = stackalloc byte[Abi23.FlowErrorSize];
        using var rule = new NativeFlowRule(match, queue);
        var flow = EthdevNative.CreateFlow(_device.Port, rule.Attributes, rule.Pattern, rule.Actions, Clear(error));
        if (flow == 0)
        {
            throw new DpdkException(Explain(match, queue, DpdkLibraries.Errno, error));
        }

        _rules.Add(match, flow);
    }

    /// <summary>Removes a rule (rte_flow_destroy). Without one, nothing happens.</summary>
    /// <exception cref="DpdkException">The device keeps it.</exception>
    public void Remove(FlowMatch match)
    {
        if (_rules.Remove(match, out var flow))
        {
            var error = stackalloc byte[Abi23.FlowErrorSize];
            DpdkException.ThrowIfNegative(
                EthdevNative.DestroyFlow(_device.Port, flow, Clear(error)), $"{_device.Name} does not remove the flow rule for {match}");
        }
    }

    /// <summary>Removes all rules.</summary>
    public void Dispose()
    {
        foreach (var match in _rules.Keys.ToList())
        {
            Remove(match);
        }
    }

    private static byte* Clear(byte* error)
    {
        new Span<byte>(error, Abi23.FlowErrorSize).Clear();
        return error;
    }

    private string Explain(FlowMatch match, int queue, int errorNumber, byte* error)
    {
        var driver = _device.Capabilities.Driver;
        if (errorNumber == FunctionNotImplemented)
        {
            return $"{_device.Name}: the driver {driver} has no flow rules (rte_flow)";
        }

        var message = Marshal.PtrToStringUTF8(*(nint*)(error + Abi23.FlowErrorMessage)) ?? "no reason given";
        return $"{_device.Name} ({driver}) does not take the flow rule {match} -> RX queue {queue}: {message} (errno {errorNumber})";
    }
}
