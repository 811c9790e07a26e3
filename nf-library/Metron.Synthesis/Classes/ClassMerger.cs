using System.Globalization;

namespace Metron.Synthesis;

/// <summary>Makes one class of those that treat packets alike: where branches of a chain join again, several ways come to the same.</summary>
internal static class ClassMerger
{
    /// <summary>The classes by their first way; ids count from 1 in the order of the walk.</summary>
    public static IReadOnlyList<TrafficClass> Merge(FunctionGraph graph, IReadOnlyList<TrafficClass> classes)
    {
        var merged = new List<TrafficClass>();
        var others = new List<List<IReadOnlyList<ClassStep>>>();
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var traffic in classes)
        {
            if (known.TryAdd(Key(graph, traffic), merged.Count))
            {
                merged.Add(traffic with { Id = merged.Count + 1 });
                others.Add([]);
            }
            else
            {
                var index = known[Key(graph, traffic)];
                others[index].Add(traffic.Steps);
                merged[index] = merged[index] with { IsCertain = merged[index].IsCertain || traffic.IsCertain };
            }
        }

        return [.. merged.Zip(others, (traffic, steps) => steps.Count == 0 ? traffic : traffic with { OtherSteps = steps })];
    }

    /// <summary>
    /// What packets of a class have in common: ingress and exit, or where and why they are dropped, the final writes, what state must say, and
    /// the functions that remember or look at them.
    /// </summary>
    private static string Key(FunctionGraph graph, TrafficClass traffic)
    {
        var met = traffic.Steps.Where(step => Remembers(graph.Functions[step.Function])).Select(step => string.Create(
            CultureInfo.InvariantCulture, $"{step.Function}.{step.Port}={step.Outcome}"));
        var end = traffic.Egress >= 0 || traffic.Steps.Count == 0 ? "" : traffic.Steps[^1].ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{traffic.Ingress} {traffic.Egress} {traffic.DropReason} {end}|")
            + $"{string.Join(',', met)}|{string.Join(',', traffic.Writes)}|{string.Join(',', traffic.Conditions)}";
    }

    private static bool Remembers(FunctionDeclaration function) => function.KeepsFlowState || (function.NeedsServer && !function.WritesMacs);
}
