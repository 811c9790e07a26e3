using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane;

/// <summary>A program that runs.</summary>
/// <param name="Program">What was deployed.</param>
/// <param name="Workers">Indices of the workers that run it, ascending: those that its ingress tags name, or all where flow groups move.</param>
public sealed record DeployedProgram(ResidualProgram Program, IReadOnlyList<int> Workers);

/// <summary>A program cannot be deployed; nothing was changed. The message is for operators.</summary>
public sealed class ProgramRejectedException : Exception
{
    public ProgramRejectedException()
    {
    }

    public ProgramRejectedException(string message)
        : base(message)
    {
    }

    public ProgramRejectedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
