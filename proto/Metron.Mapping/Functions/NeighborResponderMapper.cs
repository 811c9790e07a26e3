using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a neighbour responder.</summary>
internal static class NeighborResponderMapper
{
    /// <summary>Reads a neighbour responder; answers with problems are left out.</summary>
    public static NeighborResponderConfiguration Map(string name, V1.NeighborResponder responder, SpecNode at)
    {
        Counts.Check(responder.Answers.Count, 1, SpecLimits.NeighborAnswers, "answers", at);
        var answers = new List<NeighborAnswer>();
        var seen = new Dictionary<(IpPrefix Addresses, int Port), int>();
        for (var i = 0; i < Math.Min(responder.Answers.Count, SpecLimits.NeighborAnswers); i++)
        {
            var node = at.Item("answers", i);
            if (Answer(responder.Answers[i], node) is { } answer && IsFirst(seen, answer, i, node))
            {
                answers.Add(answer);
            }
        }

        return new NeighborResponderConfiguration(name) { Answers = answers };
    }

    private static NeighborAnswer? Answer(V1.NeighborAnswer answer, SpecNode at)
    {
        var isSide = Enums.Check(answer.From, at, "from");
        var isPrefix = Addresses.TryHosts(answer.Prefix, at, "prefix", out var prefix);
        return Addresses.Mac(answer.Mac, at, "mac", required: true) is { } mac && isSide && isPrefix
            ? new NeighborAnswer(prefix, mac)
            {
                FromPort = answer.From switch { V1.Side.Inside => 0, V1.Side.Outside => 1, _ => null },
                IsRouter = answer.IsRouter,
            }
            : null;
    }

    private static bool IsFirst(Dictionary<(IpPrefix Addresses, int Port), int> seen, NeighborAnswer answer, int index, SpecNode at)
    {
        for (var port = 0; port < 2; port++)
        {
            if (answer.IsFor(port) && !seen.TryAdd((answer.Addresses, port), index))
            {
                at.Report("prefix", $"{answer.Addresses} is the prefix of answers[{seen[(answer.Addresses, port)]}] already; a prefix has one answer on each side");
                return false;
            }
        }

        return true;
    }
}
