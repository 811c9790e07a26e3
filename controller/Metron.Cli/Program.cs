using Metron.Cli;

return await Metronctl.RunAsync(args, Terminal.OfProcess(), CancellationToken.None);
