using Metron.Controller.Hosting;

return await CommandLine.RunAsync(args);
