using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Dispatcher;

namespace Metron.Mapping.Functions;

/// <summary>Reads a dispatcher.</summary>
internal static class DispatcherMapper
{
    /// <summary>Reads a dispatcher; rules with problems are left out.</summary>
    public static DispatcherConfiguration Map(string name, V1.Dispatcher dispatcher, SpecNode at)
    {
        Counts.Check(dispatcher.Outputs.Count, 1, SpecLimits.DispatcherOutputs, "outputs", at);
        Counts.Check(dispatcher.Rules.Count, 0, SpecLimits.DispatcherRules, "rules", at);
        var outputs = Outputs(dispatcher, at);
        var names = new Dictionary<string, int>();
        var rules = new List<DispatcherRule>();
        for (var i = 0; i < Math.Min(dispatcher.Rules.Count, SpecLimits.DispatcherRules); i++)
        {
            var rule = dispatcher.Rules[i];
            var ruleAt = at.Item("rules", i);
            Names.CheckUnique(rule.Name, i, names, "rules", "function", ruleAt);
            var match = PacketMatchMapper.Map(rule.Match, ruleAt.Field("match"));
            if (rule.Match?.TcpFlags.Length > 0)
            {
                ruleAt.Field("match").Report("tcpFlags", "is not for dispatchers: all packets of a flow go the same way, and have different flags");
            }

            if (Output(rule.Output, outputs, ruleAt, "output") is >= 0 and var output)
            {
                rules.Add(new DispatcherRule(rule.Name, match, output));
            }
        }

        return new DispatcherConfiguration(name)
        {
            Outputs = outputs,
            Rules = rules,
            DefaultOutput = dispatcher.DefaultOutput.Length > 0 ? Output(dispatcher.DefaultOutput, outputs, at, "defaultOutput") : -1,
        };
    }

    private static List<string> Outputs(V1.Dispatcher dispatcher, SpecNode at)
    {
        var outputs = new List<string>();
        for (var i = 0; i < Math.Min(dispatcher.Outputs.Count, SpecLimits.DispatcherOutputs); i++)
        {
            var output = dispatcher.Outputs[i];
            if (Names.Problem(output) is { } problem)
            {
                at.Item("outputs", i).Report(problem);
            }
            else if (output == DispatcherConfiguration.Input)
            {
                at.Item("outputs", i).Report("'in' is the port that is split; give the output another name");
            }
            else if (outputs.IndexOf(output) is >= 0 and var other)
            {
                at.Item("outputs", i).Report($"{Text.Quote(output)} is outputs[{other}] already; names are unique here");
            }

            outputs.Add(output);
        }

        return outputs;
    }

    private static int Output(string name, List<string> outputs, SpecNode at, string field)
    {
        var index = outputs.IndexOf(name);
        if (index < 0)
        {
            at.Report(field, name.Length == 0
                ? "must be given: the name of one of the outputs"
                : $"{Text.Quote(name)} is not one of the outputs{Suggestion.Phrase(name, outputs)}");
        }

        return index;
    }
}
