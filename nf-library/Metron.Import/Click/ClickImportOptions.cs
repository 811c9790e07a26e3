using Metron.Import.Routes;

namespace Metron.Import.Click;

/// <summary>What the operator says about a Click configuration.</summary>
public sealed record ClickImportOptions
{
    /// <summary>Ports and next hops of routers; output N of a lookup is the port of index N.</summary>
    public RouteImportOptions Routes { get; init; } = new();
}
