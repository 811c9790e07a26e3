using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Policer;

namespace Metron.Mapping.Programs;

/// <summary>Limits of policers that meters of the switch enforce, to and from the wire.</summary>
internal static class MeteredLimits
{
    private const uint AllPorts = 3;

    /// <summary>Those of a program.</summary>
    public static IEnumerable<V1.MeteredLimit> Of(ResidualProgram program) =>
        from policer in program.Functions.OfType<PolicerConfiguration>()
        from pair in policer.Limits.Select((limit, index) => (limit, index))
        where pair.limit.MeteredPorts != 0
        select new V1.MeteredLimit { Function = policer.Name, Limit = (uint)pair.index, Ports = pair.limit.MeteredPorts };

    /// <summary>A function with what is metered of it; null when it has no such limits.</summary>
    public static NetworkFunctionConfiguration? Mark(NetworkFunctionConfiguration function, IEnumerable<V1.MeteredLimit> metered)
    {
        foreach (var limit in metered)
        {
            if (function is not PolicerConfiguration policer || limit.Limit >= policer.Limits.Count || limit.Ports is 0 or > AllPorts)
            {
                return null;
            }

            function = policer with
            {
                Limits = [.. policer.Limits.Select((each, index) => index == limit.Limit ? each with { MeteredPorts = (byte)limit.Ports } : each)],
            };
        }

        return function;
    }
}
