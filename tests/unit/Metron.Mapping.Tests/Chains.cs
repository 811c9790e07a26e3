using Google.Protobuf;

namespace Metron.Mapping.Tests;

/// <summary>Chains to start from, written in the JSON mapping with single quotes.</summary>
internal static class Chains
{
    public const string TwoEndpoints = "'endpoints':[{'name':'a','switch':'br0','port':1},{'name':'b','switch':'br0','port':2}]";

    /// <summary>Reads a chain from JSON with single quotes.</summary>
    public static V1.ServiceChain Parse(string json) => JsonParser.Default.Parse<V1.ServiceChain>(json.Replace('\'', '"'));

    /// <summary>A chain with one function between two endpoints.</summary>
    public static V1.ServiceChain With(string function) =>
        Parse($"{{'name':'web','spec':{{{TwoEndpoints},'functions':[{function}],'links':[{{'from':'a','to':'f'}},{{'from':'f','to':'b'}}]}}}}");

    /// <summary>A chain with a firewall of one rule.</summary>
    public static V1.ServiceChain WithMatch(string match) =>
        With($"{{'name':'f','firewall':{{'rules':[{{'action':'ALLOW','match':{{{match}}}}}]}}}}");
}
