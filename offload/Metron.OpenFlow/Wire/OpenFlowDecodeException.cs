namespace Metron.OpenFlow;

/// <summary>The bytes are not a message of the protocol. The only exception that decoding throws.</summary>
public sealed class OpenFlowDecodeException : Exception
{
    /// <summary>Creates the error for the byte at <paramref name="offset"/> of the message.</summary>
    public OpenFlowDecodeException(int offset, string problem)
        : base($"offset {offset}: {problem}")
    {
        Offset = offset;
        Problem = problem;
    }

    /// <summary>Offset from the start of the message, in bytes.</summary>
    public int Offset { get; }

    /// <summary>What is wrong there.</summary>
    public string Problem { get; }
}
