using System.CommandLine;
using Metron.Cli.Client;
using Metron.Import.Cisco;
using Metron.Import.ClassBench;
using Metron.Import.Filters;
using Metron.Import.Iptables;
using Metron.Import.Nftables;

namespace Metron.Cli.Commands.Import;

/// <summary>Imports that make firewalls.</summary>
internal static class FilterCommands
{
    /// <summary>iptables-save and ip6tables-save.</summary>
    public static Command Iptables(Session session)
    {
        var file = File("Output of iptables-save (or ip6tables-save); - for standard input.");
        var second = new Option<string?>("--ipv6") { Description = "Output of ip6tables-save, to have both IP versions in one firewall.", HelpName = "FILE" };
        var family = new Option<int>("--family") { Description = "IP version of a file that does not say it in a comment: 4 (when not given) or 6.", HelpName = "4|6", DefaultValueFactory = _ => 4 };
        family.AcceptOnlyFromAmong("4", "6");
        var command = new Command("iptables", "Import the table filter of iptables-save and ip6tables-save as a firewall.") { file, second, family };
        var netfilter = new NetfilterOptions(command);
        var output = new ImportOutput(session, command);
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var options = netfilter.Read(parsed) with { DefaultVersion = parsed.GetValue(family) };
            var files = new[] { parsed.GetRequiredValue(file), parsed.GetValue(second) }.OfType<string>();
            var result = IptablesImporter.Import([.. files.Select(name => ImportFiles.Text(session, name))], options);
            return await output.PrintAsync(parsed, output.Into(parsed), result);
        }));
        return command;
    }

    /// <summary>nft -j list ruleset.</summary>
    public static Command Nft(Session session)
    {
        var file = File("Output of 'nft -j list ruleset'; - for standard input.");
        var command = new Command("nft", "Import the filter chains of 'nft -j list ruleset' as a firewall.") { file };
        var netfilter = new NetfilterOptions(command);
        var output = new ImportOutput(session, command);
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var result = NftablesImporter.Import(ImportFiles.Text(session, parsed.GetRequiredValue(file)), netfilter.Read(parsed));
            return await output.PrintAsync(parsed, output.Into(parsed), result);
        }));
        return command;
    }

    /// <summary>ClassBench.</summary>
    public static Command ClassBench(Session session)
    {
        var file = File("Filter set of ClassBench; - for standard input.");
        var name = Name("fw");
        var action = new Option<string>("--action")
        {
            Description = "What the filters do: allow (when not given) or deny. What no filter matches gets the other.",
            HelpName = "allow|deny",
            DefaultValueFactory = _ => "allow",
        };
        action.AcceptOnlyFromAmong("allow", "deny");
        var command = new Command("classbench", "Import a filter set of ClassBench as a stateless firewall.") { file, name, action };
        var output = new ImportOutput(session, command);
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var source = ImportFiles.Text(session, parsed.GetRequiredValue(file));
            var result = ClassBenchImporter.Import(source, parsed.GetRequiredValue(name), parsed.GetValue(action) == "allow");
            return await output.PrintAsync(parsed, output.Into(parsed), result);
        }));
        return command;
    }

    /// <summary>Cisco IOS.</summary>
    public static Command Cisco(Session session)
    {
        var file = File("Output of 'show running-config | section access-list' or 'show access-lists'; - for standard input.");
        var name = Name("fw");
        var inside = Lists("--from-inside", "inside");
        var outside = Lists("--from-outside", "outside");
        var command = new Command("cisco", "Import extended access lists of Cisco IOS as a stateless firewall.") { file, name, inside, outside };
        var output = new ImportOutput(session, command);
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var options = new CiscoImportOptions
            {
                Name = parsed.GetRequiredValue(name),
                FromInside = parsed.GetValue(inside) ?? [],
                FromOutside = parsed.GetValue(outside) ?? [],
            };
            var result = CiscoImporter.Import(ImportFiles.Text(session, parsed.GetRequiredValue(file)), options);
            return await output.PrintAsync(parsed, output.Into(parsed), result);
        }));
        return command;
    }

    /// <summary>The file to import.</summary>
    internal static Argument<string> File(string description) => new("FILE") { Description = description };

    /// <summary>The name of the function.</summary>
    internal static Option<string> Name(string whenAbsent) => new("--name")
    {
        Description = $"Name of the function: '{whenAbsent}' when not given.",
        HelpName = "NAME",
        DefaultValueFactory = _ => whenAbsent,
    };

    private static Option<string[]> Lists(string option, string side) => new(option)
    {
        Description = $"Name or number of the access list for packets from {side}; twice for one of each IP version.",
        HelpName = "LIST",
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Options of what netfilter's tools print.</summary>
    private sealed class NetfilterOptions
    {
        private readonly Option<string> _name = Name("fw");
        private readonly Option<string?> _inside = new("--inside") { Description = "Interface that is the firewall's inside.", HelpName = "INTERFACE" };
        private readonly Option<string?> _outside = new("--outside") { Description = "Interface that is the firewall's outside.", HelpName = "INTERFACE" };
        private readonly Option<string[]> _absent = Several("--absent", "INTERFACE", "Interface that no packet of the chain passes; rules for it are left out.");
        private readonly Option<string[]> _ignored = Several("--ignore", "NAME", "Table or chain besides those that filter, whose rules are left out knowingly.");
        private readonly Option<bool> _host = new("--host")
        {
            Description = "Import what a host receives and sends (INPUT from outside, OUTPUT from inside) instead of what it forwards.",
        };

        public NetfilterOptions(Command command)
        {
            foreach (var option in new Option[] { _name, _inside, _outside, _absent, _host, _ignored })
            {
                command.Add(option);
            }
        }

        public FilterImportOptions Read(ParseResult parsed) => new()
        {
            Name = parsed.GetRequiredValue(_name),
            Inside = parsed.GetValue(_inside),
            Outside = parsed.GetValue(_outside),
            Absent = (parsed.GetValue(_absent) ?? []).ToHashSet(),
            Ignored = (parsed.GetValue(_ignored) ?? []).ToHashSet(),
            IsHost = parsed.GetValue(_host),
        };

        private static Option<string[]> Several(string name, string value, string description) => new(name)
        {
            Description = description,
            HelpName = value,
            AllowMultipleArgumentsPerToken = false,
            Arity = ArgumentArity.OneOrMore,
        };
    }
}
