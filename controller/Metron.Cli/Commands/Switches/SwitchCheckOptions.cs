using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Metron.OpenFlow;
using Metron.SwitchProbe;

namespace Metron.Cli.Commands.Switches;

/// <summary>The options of `switch check`.</summary>
internal sealed class SwitchCheckOptions
{
    private const int MostTables = 255;
    private const int MostRules = 10_000_000;
    private static readonly string[] _formats = ["text", "json", "html"];

    public SwitchCheckOptions()
    {
        Format = new Option<string>("--output", "-o") { Description = "How to report: text, json or html; text when not given.", HelpName = "text|json|html", DefaultValueFactory = _ => "text" };
        Format.CompletionSources.Add(_formats);
        Format.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var given }] && !_formats.Contains(given))
            {
                result.AddError($"--output '{given}' is not one of {string.Join(", ", _formats)}");
            }
        });
    }

    public Argument<string> Address { get; } = new("ADDRESS")
    {
        Description = $"HOST:PORT of a switch that waits for its controller, or with --listen where it connects to; port {OpenFlowListener.DefaultPort} when none is given.",
    };

    public Option<bool> Listen { get; } = new("--listen") { Description = "Wait at ADDRESS for the switch to connect, as many times as needed." };

    public Option<string> Certificate { get; } = new("--tls-certificate") { Description = "Speak mutual TLS: PEM file of this side's certificate.", HelpName = "FILE" };

    public Option<string> Key { get; } = new("--tls-key") { Description = "PEM file of its private key.", HelpName = "FILE" };

    public Option<string> Authority { get; } = new("--tls-authority") { Description = "PEM file of the authority that certifies the switch.", HelpName = "FILE" };

    public Option<string> ProfileFile { get; } = new("--profile-out") { Description = "Write the switch's profile to this file, for the controller's configuration.", HelpName = "FILE" };

    public Option<string> ProfileName { get; } = new("--profile-name") { Description = "Name in the profile; made of the datapath id when not given.", HelpName = "NAME" };

    public Option<string> Format { get; }

    public Option<bool> Destructive { get; } = new("--destructive") { Description = "Also fill every table until it refuses: meanwhile nobody else can add rules." };

    public Option<int> MaximumRules { get; } = Number("--max-rules", 1, MostRules, new ProbeOptions().MaximumRules, "Most rules to fill a table with");

    public Option<int> Tables { get; } = Number("--tables", 1, MostTables, new ProbeOptions().Tables, "How many tables to try, from the lowest on");

    public Option<int> RateRules { get; } = Number("--rate-rules", 1, MostRules, new ProbeOptions().RateRules, "Rules to measure the rate by");

    public Option<int> Timeout { get; } = Number("--timeout", 1, 600, (int)new ProbeOptions().AnswerTimeout.TotalSeconds, "Seconds that the switch may take for an answer");

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Do not say what is being done." };

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(Address);
        foreach (var option in new Option[] { Listen, Certificate, Key, Authority, ProfileFile, ProfileName, Format, Destructive, MaximumRules, Tables, RateRules, Timeout, Quiet })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What the check is to do.</summary>
    public ProbeOptions Read(ParseResult parsed, TimeProvider time) => new()
    {
        AnswerTimeout = TimeSpan.FromSeconds(parsed.GetValue(Timeout)),
        Destructive = parsed.GetValue(Destructive),
        MaximumRules = parsed.GetValue(MaximumRules),
        Tables = parsed.GetValue(Tables),
        RateRules = parsed.GetValue(RateRules),
        ProfileName = parsed.GetValue(ProfileName),
        TimeProvider = time,
    };

    /// <summary>Where the switch is.</summary>
    /// <exception cref="CommandException">The address or the files of TLS cannot be used.</exception>
    public ProbeTarget Target(ParseResult parsed)
    {
        var listen = parsed.GetValue(Listen);
        if (SwitchAddress.TryParse(parsed.GetRequiredValue(Address), listen, out var address) is { } problem)
        {
            throw new CommandException(ExitCode.BadInput, problem);
        }

        var tls = Tls(parsed);
        try
        {
            return listen ? ProbeTarget.Listen((IPEndPoint)address, tls) : ProbeTarget.Connect(address, tls);
        }
        catch (SocketException error)
        {
            throw new CommandException(ExitCode.Failure, $"listening on {address} failed: {error.Message}");
        }
    }

    private OpenFlowTls? Tls(ParseResult parsed)
    {
        var files = new[] { parsed.GetValue(Certificate), parsed.GetValue(Key), parsed.GetValue(Authority) };
        if (files.All(file => file is null))
        {
            return null;
        }

        if (files.Any(file => file is null))
        {
            throw new CommandException(ExitCode.BadInput, "TLS of OpenFlow is mutual: give --tls-certificate, --tls-key and --tls-authority");
        }

        try
        {
            return new OpenFlowTls(new OpenFlowTlsFiles(files[0]!, files[1]!, files[2]!));
        }
        catch (OpenFlowTlsException error)
        {
            throw new CommandException(ExitCode.BadInput, error.Message);
        }
    }

    private static Option<int> Number(string name, int least, int most, int usual, string what)
    {
        var option = new Option<int>(name)
        {
            Description = $"{what}: {least} to {most}; {usual} when not given.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => usual,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, out var number) && number >= least && number <= most))
            {
                result.AddError($"{name} '{text}' is not a number from {least} to {most}");
            }
        });
        return option;
    }
}
