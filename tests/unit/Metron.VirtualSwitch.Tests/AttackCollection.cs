namespace Metron.VirtualSwitch.Tests;

/// <summary>Attackers take all threads of the pool that they get: tests whose deadlines are short do not run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AttackCollection
{
    public const string Name = "attacks";
}
