using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.NeighborResponder;

/// <summary>Configuration of a function that answers ARP requests and neighbour solicitations.</summary>
public sealed record NeighborResponderConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>The answers. Of several that hold an address, for the same side, the one with the longest prefix counts.</summary>
    public IReadOnlyList<NeighborAnswer> Answers { get; init; } = [];

    /// <inheritdoc/>
    public override bool AnswersNeighborsAt(int port) => Answers.Any(answer => answer.IsFor(port));

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}

/// <summary>What is answered to those who ask for an address.</summary>
/// <param name="Addresses">The addresses that are asked for; one alone stands for itself and is defended.</param>
/// <param name="Mac">The MAC address that they are told.</param>
public sealed record NeighborAnswer(IpPrefix Addresses, MacAddress Mac)
{
    /// <summary>Side that asks: 0 inside, 1 outside; null for both.</summary>
    public int? FromPort { get; init; }

    /// <summary>Whether hosts are told that a router has the address (flag R of RFC 4861).</summary>
    public bool IsRouter { get; init; }

    /// <summary>Whether it answers those who ask by a port.</summary>
    public bool IsFor(int port) => FromPort is null || FromPort == port;
}
