using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Programs;

/// <summary>Rules by which devices and NICs put tagged packets into the queue of the right worker.</summary>
internal interface ITagRules
{
    /// <summary>Makes the rules for a program's ingress tags; all of them or none.</summary>
    /// <exception cref="DpdkException">A device does not take one.</exception>
    /// <exception cref="Dataplane.Nics.NicException">A NIC did not take them.</exception>
    void Add(ResidualProgram program);

    /// <summary>Removes the rules of a program; those that are not there are passed over.</summary>
    /// <exception cref="DpdkException">A device keeps one.</exception>
    /// <exception cref="Dataplane.Nics.NicException">A NIC keeps them.</exception>
    void Remove(ResidualProgram program);
}
