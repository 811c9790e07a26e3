namespace Metron.Controller.Chains;

/// <summary>What is logged about requests of operators: events 3000-3099.</summary>
internal static partial class ChainLog
{
    [LoggerMessage(3000, LogLevel.Information, "Chain {Chain}: created with {Functions} functions between {Endpoints} endpoints")]
    public static partial void Created(ILogger log, string chain, int functions, int endpoints);

    [LoggerMessage(3001, LogLevel.Information, "Chain {Chain}: changed by an operator, the spec is now revision {Revision}")]
    public static partial void Updated(ILogger log, string chain, long revision);

    [LoggerMessage(3003, LogLevel.Information, "Chain {Chain}: an operator goes back to revision {To}; that is revision {Revision}")]
    public static partial void RolledBack(ILogger log, string chain, long to, long revision);

    [LoggerMessage(3002, LogLevel.Information, "Chain {Chain}: an operator wants it deleted")]
    public static partial void Deleting(ILogger log, string chain);
}
