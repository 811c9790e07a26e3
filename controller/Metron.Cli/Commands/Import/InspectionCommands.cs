using System.CommandLine;
using Metron.Cli.Client;
using Metron.Import;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Dpi.Suricata;

namespace Metron.Cli.Commands.Import;

/// <summary>Imports that make deep packet inspections.</summary>
internal static class InspectionCommands
{
    /// <summary>Rules of Suricata and Snort.</summary>
    public static Command Suricata(Session session)
    {
        var file = FilterCommands.File("Rules of Suricata or Snort 2; - for standard input.");
        var name = FilterCommands.Name("ids");
        var skips = new Option<bool>("--skip-refused") { Description = "Leave out the rules that cannot be expressed, with a note on each, instead of importing nothing." };
        var variables = new Option<string[]>("--variable")
        {
            Description = "Value of a variable of the rules, without $: HOME_NET=[10.0.0.0/8,fd00::/8].",
            HelpName = "NAME=VALUE",
            AllowMultipleArgumentsPerToken = false,
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command("suricata", "Import rules of Suricata that look for contents and regular expressions, as deep packet inspection.") { file, name, variables, skips };
        var output = new ImportOutput(session, command);
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var source = parsed.GetRequiredValue(file);
            var import = SuricataImporter.Import(ImportFiles.Text(session, source).Text, Variables(parsed.GetValue(variables) ?? []));
            var refusals = import.Refusals.Select(refusal => new ImportMessage(ImportFiles.Name(source), refusal.Line, 0, refusal.Reason)).ToList();
            var isSkipping = parsed.GetValue(skips) && import.Rules.Count > 0;
            if (import.Rules.Count == 0 && refusals.Count == 0)
            {
                refusals.Add(new ImportMessage(ImportFiles.Name(source), 0, 0, "has no rules"));
            }

            var function = new DpiConfiguration(parsed.GetRequiredValue(name)) { Rules = import.Rules };
            return await output.PrintAsync(parsed, output.Into(parsed), [function], isSkipping ? [] : refusals, isSkipping ? refusals : []);
        }));
        return command;
    }

    private static Dictionary<string, string> Variables(IEnumerable<string> given)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            if (text.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } value])
            {
                throw new CommandException(ExitCode.BadInput, $"--variable {text}: expected NAME=VALUE");
            }

            variables[name.TrimStart('$')] = value;
        }

        return variables;
    }
}
