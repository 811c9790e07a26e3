using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Router;

namespace Metron.Offline.Tests;

/// <summary>Chains without branches: "clients", functions, "net", with random VLANs and MACs at the ends.</summary>
internal static class ChainInARow
{
    public static ChainSpec Make(string name, IReadOnlyList<NetworkFunctionConfiguration> functions, Dice dice)
    {
        var links = new List<ChainLink>();
        var from = new Attachment("clients", null);
        foreach (var function in functions)
        {
            var isRouter = function is RouterConfiguration;
            links.Add(new ChainLink(from, new Attachment(function.Name, isRouter ? "p0" : null)));
            from = new Attachment(function.Name, isRouter ? "p1" : null);
        }

        links.Add(new ChainLink(from, new Attachment("net", null)));
        var hasMacs = dice.Percent(50);
        return new ChainSpec(name)
        {
            Endpoints =
            [
                .. new[] { "clients", "net" }.Select((endpoint, index) => new ChainEndpoint(endpoint, "br0", (uint)index + 1)
                {
                    Vlan = (ushort)(dice.Percent(25) ? 100 + index : 0),
                    PeerMac = hasMacs ? World.Mac(0x300 + index) : null,
                    LocalMac = hasMacs ? World.Mac(0x400 + index) : null,
                }),
            ],
            Functions = functions,
            Links = links,
        };
    }
}
