namespace Metron.Controller.Hosting;

/// <summary>What is logged about the program itself: events 3400-3499.</summary>
internal static partial class HostLog
{
    [LoggerMessage(3400, LogLevel.Information, "metron-controller {Version} runs: gRPC at {Grpc}, REST at {Rest}, database {Database}")]
    public static partial void Started(ILogger log, string version, string grpc, string rest, string database);

    [LoggerMessage(3401, LogLevel.Information, "metron-controller stopped")]
    public static partial void Stopped(ILogger log);
}
