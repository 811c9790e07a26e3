using Metron.NetworkFunctions.Router;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.L3Switch;

/// <summary>What a layer 3 switch does, as data: what its router does, with subnets whose unknown addresses have no route. Outcomes are the router's.</summary>
public static class L3SwitchDeclaration
{
    public static FunctionDeclaration Declare(L3SwitchConfiguration configuration) =>
        RouterDeclaration.Declare(L3SwitchTables.Of(configuration).Router, [.. L3SwitchTables.SubnetsOf(configuration)]);
}
