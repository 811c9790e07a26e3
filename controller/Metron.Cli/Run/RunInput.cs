using System.CommandLine;
using System.Globalization;
using Metron.Mapping;
using Metron.NetworkFunctions.Chains;
using Metron.Offline.Captures;

namespace Metron.Cli.Run;

/// <summary>A capture, and the endpoint where the packets of each of its interfaces enter the chain.</summary>
/// <param name="Capture">The capture.</param>
/// <param name="Endpoints">Index of the endpoint, by interface; -1 for interfaces whose packets are left out.</param>
internal sealed record RunInput(Capture Capture, IReadOnlyList<int> Endpoints)
{
    /// <summary>The option that says where the packets of each interface enter.</summary>
    public static Option<string[]> MapOption() => new("--map")
    {
        Description = "Endpoint where the packets of one interface of a pcapng file enter, by the interface's name or number. May be given several "
            + "times. Interfaces named like an endpoint need no --map.",
        HelpName = "INTERFACE=ENDPOINT",
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Reads a capture.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="spec">The chain.</param>
    /// <param name="endpoint">Where all packets enter; null when not said.</param>
    /// <param name="map">"INTERFACE=ENDPOINT", by name or number of the interface.</param>
    /// <exception cref="CommandException">The file cannot be read, or it is not clear where packets enter.</exception>
    public static RunInput Read(string path, ChainSpec spec, string? endpoint, IReadOnlyList<string> map)
    {
        var capture = ReadCapture(path);
        var endpoints = new int[capture.Interfaces.Count];
        for (var index = 0; index < endpoints.Length; index++)
        {
            endpoints[index] = endpoint is not null ? Find(spec, endpoint, "--endpoint") : Named(spec, capture.Interfaces[index]);
        }

        foreach (var entry in map)
        {
            var (name, target) = Split(entry);
            endpoints[Interface(capture, name)] = Find(spec, target, "--map");
        }

        if (endpoint is null && map.Count == 0 && Array.TrueForAll(endpoints, index => index < 0))
        {
            var ingress = Enumerable.Range(0, spec.Endpoints.Count).Where(index => spec.Endpoints[index].IsIngress).ToList();
            Array.Fill(endpoints, ingress.Count == 1 ? ingress[0] : throw new CommandException(
                ExitCode.BadInput,
                $"say where the packets of the capture enter the chain: --endpoint with one of {Names(spec)}, or --map INTERFACE=ENDPOINT for pcapng files"));
        }

        return new RunInput(capture, endpoints);
    }

    private static Capture ReadCapture(string path)
    {
        try
        {
            return CaptureReader.ReadFile(path);
        }
        catch (CaptureException error)
        {
            throw new CommandException(ExitCode.BadInput, $"{path}: {error.Message}");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException(ExitCode.BadInput, $"{path}: there is no such file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.BadInput, $"{path}: cannot be read: {error.Message}");
        }
    }

    private static (string Interface, string Endpoint) Split(string entry)
    {
        var at = entry.LastIndexOf('=');
        return at > 0
            ? (entry[..at], entry[(at + 1)..])
            : throw new CommandException(ExitCode.BadInput, $"--map '{entry}' is not of the form INTERFACE=ENDPOINT");
    }

    private static int Interface(Capture capture, string name)
    {
        var index = capture.Interfaces.ToList().IndexOf(name);
        if (index < 0 && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < capture.Interfaces.Count)
        {
            index = number;
        }

        var known = capture.Interfaces.Select((label, at) => label.Length > 0 ? label : $"{at}");
        return index >= 0 ? index : throw new CommandException(
            ExitCode.BadInput, $"--map: the capture has no interface '{name}'; it has {string.Join(", ", known)}");
    }

    private static int Find(ChainSpec spec, string name, string option)
    {
        var index = spec.Endpoints.ToList().FindIndex(endpoint => endpoint.Name == name);
        return index >= 0 ? index : throw new CommandException(
            ExitCode.BadInput, $"{option}: the chain has no endpoint '{name}'{Suggestion.Phrase(name, [.. spec.Endpoints.Select(endpoint => endpoint.Name)])}");
    }

    private static int Named(ChainSpec spec, string name) => spec.Endpoints.ToList().FindIndex(endpoint => endpoint.Name == name);

    private static string Names(ChainSpec spec) => string.Join(", ", spec.Endpoints.Select(endpoint => endpoint.Name));
}
