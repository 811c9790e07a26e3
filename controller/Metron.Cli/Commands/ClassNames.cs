using Grpc.Core;
using Metron.Cli.Client;

namespace Metron.Cli.Commands;

/// <summary>What the numbers of traffic classes mean, asked of the controller and remembered for some seconds.</summary>
internal sealed class ClassNames(Controller controller, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, (DateTimeOffset At, Dictionary<uint, V1.TrafficClass> Classes)> chains = [];

    /// <summary>Fetches the classes of chains that are not known or not known lately.</summary>
    public async Task LoadAsync(IEnumerable<string> names, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        foreach (var name in names.Distinct().Where(name => !chains.TryGetValue(name, out var known) || now - known.At > Lifetime).ToList())
        {
            try
            {
                var chain = await controller.FindChainAsync(name, cancellation);
                chains[name] = (now, chain?.Status?.TrafficClasses.ToDictionary(of => of.Id) ?? []);
            }
            catch (RpcException error) when (error.StatusCode != StatusCode.Cancelled)
            {
                // Load is shown without the names rather than not at all.
                chains[name] = (now, []);
            }
        }
    }

    /// <summary>"clients -> internet: fw: allow | nat: translate"; empty when the class is not known.</summary>
    public string Describe(string chain, uint trafficClass)
    {
        if (!chains.TryGetValue(chain, out var known) || !known.Classes.TryGetValue(trafficClass, out var of))
        {
            return string.Empty;
        }

        var egress = of.Egress.Length == 0 ? "(dropped)" : of.Egress;
        return of.Path.Count == 0 ? $"{of.Ingress} -> {egress}" : $"{of.Ingress} -> {egress}: {string.Join(" | ", of.Path)}";
    }
}
