namespace Metron.OpenFlow.Tests.Bulk;

/// <summary>Tests that weigh the memory of the process run by themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryCollection
{
    public const string Name = "memory";
}
