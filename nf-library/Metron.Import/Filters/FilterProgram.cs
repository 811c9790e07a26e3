using Metron.Import.Syntax;

namespace Metron.Import.Filters;

/// <summary>What a rule does with a packet that it matches.</summary>
internal enum FilterAction
{
    Accept,
    Drop,
    Return,
    Jump,
    Goto,
}

/// <summary>States of connection tracking that a packet can be in.</summary>
[Flags]
internal enum ConnectionStates
{
    None = 0,
    New = 1,
    Established = 2,
    Related = 4,
    Invalid = 8,
    Untracked = 16,
    All = New | Established | Related | Invalid | Untracked,
}

/// <summary>A rule as netfilter has it.</summary>
/// <param name="At">Where it stands.</param>
/// <param name="Label">Its comment, or empty.</param>
/// <param name="Packets">Which packets: those in any of the boxes.</param>
/// <param name="States">In which states.</param>
/// <param name="Action">What is done.</param>
/// <param name="Target">Chain to go to, for jump and goto.</param>
internal sealed record FilterRule(
    Place At, string Label, IReadOnlyList<PacketBox> Packets, ConnectionStates States, FilterAction Action, string Target = "");

/// <summary>A chain of rules.</summary>
/// <param name="Name">Its name.</param>
/// <param name="At">Where it is declared.</param>
/// <param name="Rules">The rules in order.</param>
internal sealed record FilterChain(string Name, Place At, IReadOnlyList<FilterRule> Rules);

/// <summary>A chain that packets come to by themselves.</summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="Packets">The packets that come to it.</param>
/// <param name="Accept">What its policy is.</param>
internal sealed record BaseChain(string Chain, PacketBox Packets, bool Accept);
