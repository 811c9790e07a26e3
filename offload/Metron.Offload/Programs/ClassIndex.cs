using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>Finds traffic classes by their way.</summary>
internal sealed class ClassIndex
{
    private readonly Dictionary<string, int> _ids = [];

    public ClassIndex(IEnumerable<TrafficClass> classes)
    {
        foreach (var traffic in classes)
        {
            foreach (var steps in traffic.AllSteps)
            {
                _ids[Key(traffic.Ingress, steps, traffic.DropReason)] = traffic.Id;
            }
        }
    }

    /// <summary>Id of the class that took these steps, and was dropped for this reason or left; 0 when there is none.</summary>
    public int IdOf(int ingress, IReadOnlyList<ClassStep> steps, string? dropReason) =>
        _ids.GetValueOrDefault(Key(ingress, steps, dropReason));

    private static string Key(int ingress, IReadOnlyList<ClassStep> steps, string? dropReason) =>
        $"{ingress} {string.Join(' ', steps)} {dropReason}";
}
