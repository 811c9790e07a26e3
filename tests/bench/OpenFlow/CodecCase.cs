using System.Globalization;

namespace Metron.Bench.OpenFlow;

/// <summary>
/// Messages per second of CPU time, and bytes allocated for each, on one thread. <c>codec</c> does all kinds of work in equal numbers of messages, the other cases
/// one kind each. The baseline copies the same bytes.
/// </summary>
internal sealed class CodecCase : IOpenFlowCase
{
    private const string All = "codec";

    private readonly IReadOnlyList<CodecWork> _works = CodecWork.All();

    public IReadOnlyList<string> Names => [All, .. _works.Select(work => CaseOf(work.Kind)).Distinct()];

    public IReadOnlyList<string> Contenders(string name) => [.. Works(name).Select(work => work.Contender).Distinct()];

    public IEnumerable<Result> Run(string name, Options options, Action<string> progress)
    {
        var contenders = Works(name).GroupBy(work => work.Contender).Select(group => (Name: group.Key, Works: group.ToList())).ToList();
        foreach (var work in contenders.SelectMany(contender => contender.Works))
        {
            work.Check();
        }

        var readings = contenders.ToDictionary(contender => contender.Name, _ => new List<CodecReading>());
        for (var round = 0; round < options.Rounds; round++)
        {
            var first = round % contenders.Count;
            foreach (var contender in contenders.Skip(first).Concat(contenders.Take(first)))
            {
                var reading = CodecReading.Take(contender.Works, TimeSpan.FromSeconds(options.Seconds));
                readings[contender.Name].Add(reading);
                progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"openflow {name}: round {round + 1}: {contender.Name} {reading.MessagesPerSecond:0} messages/s, {reading.AllocatedBytesPerMessage:0.##} B each"));
            }
        }

        return readings.SelectMany(pair => new[]
        {
            Result.Of(OpenFlowSuite.SuiteName, name, pair.Key, "messagesPerSecond", "messages/s of CPU time", [.. pair.Value.Select(reading => reading.MessagesPerSecond)]),
            Result.Of(OpenFlowSuite.SuiteName, name, pair.Key, "allocatedBytesPerMessage", "B", [.. pair.Value.Select(reading => reading.AllocatedBytesPerMessage)]),
        });
    }

    private static string CaseOf(string kind) => $"{All}-{kind}";

    // A contender takes part in the case of everything only if it can do everything.
    private IEnumerable<CodecWork> Works(string name) => name == All
        ? _works.GroupBy(work => work.Contender).Where(group => group.Select(work => work.Kind).Distinct().Count() == Names.Count - 1).SelectMany(group => group)
        : _works.Where(work => CaseOf(work.Kind) == name);
}
