namespace Metron.OpenFlow.Fuzz;

/// <summary>Looks at some bytes; the result is whether they were taken for what the target is about.</summary>
internal delegate bool Check(ReadOnlySpan<byte> bytes);

/// <summary>What can be fuzzed.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Check">Throws when a promise is broken.</param>
/// <param name="Next">The next input made by mutation.</param>
internal sealed record FuzzTarget(string Name, Check Check, Func<Mutator, byte[]> Next)
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("decode", MessageCheck.Check, static mutator => mutator.MessageOrNoise()),
        new("views", ViewCheck.Check, static mutator => mutator.MessageOrNoise()),
        new("stream", StreamCheck.Check, static mutator => mutator.Stream()),
        new("hello", HelloCheck.Check, static mutator => mutator.Hello()),
    ];

    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
