using System.Numerics;
using Metron.Generators;
using Metron.NetworkFunctions.Router;

namespace Metron.Bench.Lookup;

/// <summary>Structures for longest prefixes over the same addresses.</summary>
internal static class RouteAnswers
{
    /// <summary>Ranges, also by the upper 64 bits (IPv6); Poptrie; DIR-24-8 (IPv4).</summary>
    public static IReadOnlyList<string> Contenders(bool isV6) => isV6 ? ["ranges", "poptrie", "ranges-64"] : ["ranges", "poptrie", "dir-24-8"];

    /// <summary>Builds a structure.</summary>
    public static Func<UInt128[], IAnswers> Build(string contender, IReadOnlyList<GeneratedRoute> routes)
    {
        if (routes[0].Prefix.IsV6)
        {
            var ranges = Ranges(routes, static address => address);
            if (contender == "ranges-64")
            {
                var halves = new Ipv6Table(ranges);
                return addresses => new Halved(halves, addresses);
            }

            return contender == "poptrie" ? Trie(ranges, static address => address) : Table(ranges, static address => address);
        }

        var ranges4 = Ranges(routes, static address => (uint)address);
        if (contender != "dir-24-8")
        {
            return contender == "poptrie" ? Trie(ranges4, static address => (uint)address) : Table(ranges4, static address => (uint)address);
        }

        var direct = DirectTable.TryBuild(ranges4)!;
        return addresses => new Direct(direct, Array.ConvertAll(addresses, address => (uint)address));
    }

    private static PrefixRanges<T> Ranges<T>(IReadOnlyList<GeneratedRoute> routes, Func<UInt128, T> narrow)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T> =>
        new([.. routes.Select(route => (narrow(route.Prefix.First), narrow(route.Prefix.Last), route.NextHop))]);

    private static Func<UInt128[], IAnswers> Table<T>(PrefixRanges<T> ranges, Converter<UInt128, T> narrow)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
    {
        var table = new PrefixTable<T>(ranges);
        return addresses => new Searched<T>(table, Array.ConvertAll(addresses, narrow));
    }

    private static Func<UInt128[], IAnswers> Trie<T>(PrefixRanges<T> ranges, Converter<UInt128, T> narrow)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
    {
        var trie = new Poptrie<T>(ranges);
        return addresses => new Walked<T>(trie, Array.ConvertAll(addresses, narrow));
    }

    private sealed class Searched<T>(PrefixTable<T> table, T[] addresses) : IAnswers
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
    {
        public int Questions => addresses.Length;

        public void Answer(int first, Span<int> answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = table.Find(addresses[first + i]);
            }
        }

        public void AnswerBurst(int first, Span<int> answers) => Answer(first, answers);
    }

    private sealed class Walked<T>(Poptrie<T> trie, T[] addresses) : IAnswers
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
    {
        public int Questions => addresses.Length;

        public void Answer(int first, Span<int> answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = trie.Find(addresses[first + i]);
            }
        }

        public void AnswerBurst(int first, Span<int> answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                trie.Prefetch(addresses[first + i]);
            }

            Answer(first, answers);
        }
    }

    private sealed class Halved(Ipv6Table table, UInt128[] addresses) : IAnswers
    {
        public int Questions => addresses.Length;

        public void Answer(int first, Span<int> answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = table.Find(addresses[first + i]);
            }
        }

        public void AnswerBurst(int first, Span<int> answers) => Answer(first, answers);
    }

    private sealed class Direct(DirectTable table, uint[] addresses) : IAnswers
    {
        public int Questions => addresses.Length;

        public void Answer(int first, Span<int> answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = table.Find(addresses[first + i]);
            }
        }

        public void AnswerBurst(int first, Span<int> answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                table.Prefetch(addresses[first + i]);
            }

            Answer(first, answers);
        }
    }
}
