namespace Metron.OpenFlow;

/// <summary>The message cannot be expressed on the wire: too long, or not part of the connection's version.</summary>
public sealed class OpenFlowEncodeException(string problem) : Exception(problem);
