namespace Metron.OpenFlow.Fuzz;

/// <summary>The library did with some bytes what it must not do with any.</summary>
public sealed class BrokenPromiseException(string problem) : Exception(problem)
{
    internal static void ThrowUnless(bool kept, string promise)
    {
        if (!kept)
        {
            throw new BrokenPromiseException(promise);
        }
    }
}
