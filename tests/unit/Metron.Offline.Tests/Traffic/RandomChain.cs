using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Mirror;

namespace Metron.Offline.Tests;

/// <summary>Random chains of one to five functions: in a line, or around a router that joins several networks.</summary>
internal sealed class RandomChain
{
    private readonly Dice _dice;
    private readonly RandomFunctions _make;
    private readonly List<ChainEndpoint> _endpoints = [];
    private readonly List<NetworkFunctionConfiguration> _functions = [];
    private readonly List<ChainLink> _links = [];

    private RandomChain(Dice dice, bool fewKinds) => (_dice, _make) = (dice, new RandomFunctions(dice, fewKinds));

    /// <summary>A chain, and what it shall be compiled for. Not every one is valid.</summary>
    /// <param name="dice">Decides.</param>
    /// <param name="fewKinds">Whether it has only functions that decide or remember much, so that these are met sooner.</param>
    public static (ChainSpec Spec, OfflineOptions Options) Make(Dice dice, bool fewKinds = false)
    {
        var chain = new RandomChain(dice, fewKinds);
        var isMac = dice.Percent(15);
        if (dice.Percent(30))
        {
            chain.AroundRouter(dice.Between(3, 4));
        }
        else if (!fewKinds && dice.Percent(25))
        {
            chain.Split(dice.Between(2, 3));
        }
        else
        {
            chain.Line(dice.Between(1, 5));
        }

        var spec = new ChainSpec("random")
        {
            Endpoints = isMac ? [.. chain._endpoints.Select(WithMacs)] : chain._endpoints,
            Functions = chain._functions,
            Links = chain._links,
            PassNeighborDiscovery = chain._endpoints.Count == 2 && dice.Percent(10),
            DscpMayBeLost = true,
        };
        return (spec, new OfflineOptions
        {
            Workers = dice.Between(1, 4),
            TagKind = isMac ? TagKind.Mac : OtherKind(dice, spec),
            MaximumFlowsPerWorker = 1024,
        });
    }

    /// <summary>Mostly VLAN ids; otherwise a kind that packets of the chain can carry.</summary>
    private static TagKind OtherKind(Dice dice, ChainSpec spec)
    {
        if (dice.Percent(55))
        {
            return TagKind.Vlan;
        }

        var endpoints = Enumerable.Range(0, spec.Endpoints.Count).ToList();
        return endpoints.Exists(endpoint => spec.FramesOf(endpoint) == LinkFrames.Tagged) || dice.Percent(33) ? TagKind.QinQ
            : endpoints.Exists(endpoint => spec.FramesOf(endpoint) != LinkFrames.Ip || spec.TakesNeighbors(endpoint))
                || spec.Functions.OfType<MirrorConfiguration>().Any(mirror => mirror.TruncateTo > 0) || dice.Percent(50) ? TagKind.Mpls
            : TagKind.Dscp;
    }

    private static ChainEndpoint WithMacs(ChainEndpoint endpoint) => endpoint with
    {
        PeerMac = World.Mac(0x300 + (int)endpoint.Port),
        LocalMac = World.Mac(0x400 + (int)endpoint.Port),
    };

    private void Line(int functions)
    {
        var last = Endpoint(isFrom: true);
        for (var i = 0; i < functions; i++)
        {
            last = Append(last, _make.Any($"f{_functions.Count}"));
        }

        _links.Add(new ChainLink(last, Endpoint(isFrom: false)));
    }

    /// <summary>Branches behind a dispatcher, each with up to one function: to endpoints of their own, or joined by a dispatcher that is turned round.</summary>
    private void Split(int branches)
    {
        var first = Endpoint(isFrom: true);
        first = _dice.Percent(40) ? Append(first, _make.Any($"f{_functions.Count}")) : first;
        var split = _make.Dispatcher($"f{_functions.Count}", branches);
        _functions.Add(split);
        _links.Add(new ChainLink(first, new Attachment(split.Name, _dice.Percent(50) ? null : "in")));
        var join = _dice.Percent(40) ? _make.Dispatcher($"f{_functions.Count}", branches) : null;
        if (join is not null)
        {
            _functions.Add(join);
        }

        for (var branch = 0; branch < branches; branch++)
        {
            var last = new Attachment(split.Name, $"o{branch}");
            last = _dice.Percent(60) ? Append(last, _make.Any($"f{_functions.Count}")) : last;
            _links.Add(new ChainLink(last, join is null ? Endpoint(isFrom: false) : new Attachment(join.Name, $"o{branch}")));
        }

        if (join is not null)
        {
            _links.Add(new ChainLink(new Attachment(join.Name, "in"), Endpoint(isFrom: false)));
        }
    }

    /// <summary>Networks on the ports of a router, each behind up to one function. The last one is the servers'.</summary>
    private void AroundRouter(int ports)
    {
        var router = _make.Router($"f{_functions.Count}", ports);
        _functions.Add(router);
        for (var port = 0; port < ports; port++)
        {
            var at = new Attachment(router.Name, $"p{port}");
            var isFrom = port < ports - 1 || _dice.Percent(15);
            var end = Endpoint(isFrom);
            if (!_dice.Percent(50))
            {
                _links.Add(isFrom ? new ChainLink(end, at) : new ChainLink(at, end));
                continue;
            }

            var function = _make.Any($"f{_functions.Count}");
            if (isFrom)
            {
                _links.Add(new ChainLink(Append(end, function), at));
            }
            else
            {
                _links.Add(new ChainLink(Append(at, function), end));
            }
        }
    }

    /// <summary>Links a function behind another element; returns where the next one attaches.</summary>
    private Attachment Append(Attachment last, NetworkFunctionConfiguration function)
    {
        _functions.Add(function);
        if (function is NetworkFunctions.Mirror.MirrorConfiguration)
        {
            _links.Add(new ChainLink(new Attachment(function.Name, "mirror"), Endpoint(isFrom: false)));
            _endpoints[^1] = _endpoints[^1] with { IsIngress = _dice.Percent(25) };
        }

        var isRouter = function is NetworkFunctions.Router.RouterConfiguration;
        _links.Add(new ChainLink(last, new Attachment(function.Name, isRouter ? "p0" : null)));
        return new Attachment(function.Name, isRouter ? "p1" : null);
    }

    private Attachment Endpoint(bool isFrom)
    {
        var number = _endpoints.Count;
        var vlan = (ushort)(_dice.Percent(20) ? 100 + number : 0);
        var sharesPort = number > 0 && vlan != 0 && _dice.Percent(40);
        _endpoints.Add(new ChainEndpoint($"e{number}", "br0", sharesPort ? _endpoints[0].Port : (uint)(1 + number))
        {
            Vlan = vlan,
            Match = _dice.Percent(94) ? PacketMatch.Any : _make.Match(),
            IsIngress = isFrom || !_dice.Percent(5),
            IsEgress = !_dice.Percent(3),
        });
        return new Attachment($"e{number}", null);
    }
}
