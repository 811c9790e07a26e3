using System.Globalization;
using SharpFuzz;

namespace Metron.OpenFlow.Fuzz;

/// <summary>Runs a target: under a fuzzer that feeds standard input, on files, or on mutants of its own.</summary>
internal static class Program
{
    private const string Usage = """
        Metron.OpenFlow.Fuzz TARGET                      one input from standard input, again and again if afl-fuzz is behind it
        Metron.OpenFlow.Fuzz TARGET FILE…                each of these files
        Metron.OpenFlow.Fuzz TARGET --mutate N GOLDEN [SEED]   N mutants of the messages in the golden files of a folder
        Metron.OpenFlow.Fuzz corpus GOLDEN OUT           the messages of the golden files, each as a file
        """;

    private const int ProgressEvery = 1_000_000;

    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["corpus", var golden, var folder]:
                WriteCorpus(golden, folder);
                return 0;
            case [var name] when FuzzTarget.Find(name) is { } target:
                Fuzzer.OutOfProcess.Run(stream => RunOn(stream, target.Check));
                return 0;
            case [var name, "--mutate", var count, var golden, .. var seed] when FuzzTarget.Find(name) is { } target:
                Mutate(
                    target,
                    long.Parse(count, CultureInfo.InvariantCulture),
                    golden,
                    seed is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 1);
                return 0;
            case [var name, .. var files] when FuzzTarget.Find(name) is { } target:
                foreach (var file in files)
                {
                    Console.WriteLine($"{file}: {(target.Check(File.ReadAllBytes(file)) ? "read" : "refused")}");
                }

                return 0;
            default:
                Console.Error.WriteLine(Usage);
                Console.Error.WriteLine($"targets: {string.Join(", ", FuzzTarget.All.Select(target => target.Name))}");
                return 2;
        }
    }

    private static void RunOn(Stream stream, Check check)
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        check(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static void WriteCorpus(string golden, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, message) in SeedCorpus.Read(golden))
        {
            File.WriteAllBytes(Path.Combine(folder, name), message);
        }
    }

    // The mutant that breaks a promise is written to a file, so that it can be run again.
    private static void Mutate(FuzzTarget target, long count, string golden, int seed)
    {
        var mutator = new Mutator([.. SeedCorpus.Read(golden).Select(seedMessage => seedMessage.Message)], new Random(seed));
        var read = 0L;
        for (var i = 0L; i < count; i++)
        {
            var mutant = target.Next(mutator);
            try
            {
                read += target.Check(mutant) ? 1 : 0;
            }
            catch (Exception)
            {
                var file = Path.GetFullPath($"crash-{seed}-{i}");
                File.WriteAllBytes(file, mutant);
                Console.Error.WriteLine($"mutant {i} of seed {seed} is in {file}");
                throw;
            }

            if ((i + 1) % ProgressEvery == 0)
            {
                Console.Error.WriteLine($"{i + 1} mutants, {read} of them read");
            }
        }

        Console.WriteLine($"{count} mutants, {read} of them read, no promise broken");
    }
}
