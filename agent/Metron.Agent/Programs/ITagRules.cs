using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Programs;

/// <summary>Rules by which devices put tagged packets into the queue of the right worker.</summary>
internal interface ITagRules
{
    /// <summary>Makes the rules for a program's ingress tags; all of them or none.</summary>
    /// <exception cref="DpdkException">A device does not take one.</exception>
    void Add(ResidualProgram program);

    /// <summary>Removes the rules of a program; those that are not there are passed over.</summary>
    /// <exception cref="DpdkException">A device keeps one.</exception>
    void Remove(ResidualProgram program);
}
