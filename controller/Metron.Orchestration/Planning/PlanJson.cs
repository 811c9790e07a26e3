using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Dispatcher;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Esp;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.L2Switch;
using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Mpls;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.StaticNat;
using Metron.NetworkFunctions.Transparent;
using Metron.NetworkFunctions.Tunnel;
using Metron.NetworkFunctions.Vlan;
using Metron.NetworkFunctions.WanOptimizer;
using Metron.Packets;

namespace Metron.Orchestration;

/// <summary>Plans as JSON, for the store.</summary>
public static class PlanJson
{
    /// <summary>Options that read and write <see cref="ChainPlan"/> and <see cref="NetworkFunctions.Chains.ChainSpec"/>.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    public static string Write(ChainPlan plan) => JsonSerializer.Serialize(plan, Options);

    /// <exception cref="JsonException">The text is not a plan.</exception>
    public static ChainPlan Read(string json) =>
        JsonSerializer.Deserialize<ChainPlan>(json, Options) ?? throw new JsonException("the text holds no plan");

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameFunctionKinds, LeaveOutComputed } },
            Converters =
            {
                new JsonStringEnumConverter(JsonNamingPolicy.CamelCase),
                new TextConverter<IpAddress>(IpAddress.Parse),
                new TextConverter<IpPrefix>(IpPrefix.Parse),
                new TextConverter<MacAddress>(MacAddress.Parse),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void NameFunctionKinds(JsonTypeInfo type)
    {
        if (type.Type == typeof(NetworkFunctionConfiguration))
        {
            type.PolymorphismOptions = new JsonPolymorphismOptions
            {
                TypeDiscriminatorPropertyName = "kind",
                DerivedTypes =
                {
                    new JsonDerivedType(typeof(FirewallConfiguration), "firewall"),
                    new JsonDerivedType(typeof(RouterConfiguration), "router"),
                    new JsonDerivedType(typeof(NaptConfiguration), "napt"),
                    new JsonDerivedType(typeof(LoadBalancerConfiguration), "loadBalancer"),
                    new JsonDerivedType(typeof(MonitorConfiguration), "monitor"),
                    new JsonDerivedType(typeof(DpiConfiguration), "dpi"),
                    new JsonDerivedType(typeof(TransparentConfiguration), "transparent"),
                    new JsonDerivedType(typeof(StaticNatConfiguration), "staticNat"),
                    new JsonDerivedType(typeof(PolicerConfiguration), "policer"),
                    new JsonDerivedType(typeof(TunnelConfiguration), "tunnel"),
                    new JsonDerivedType(typeof(BlackboxConfiguration), "blackbox"),
                    new JsonDerivedType(typeof(EspConfiguration), "esp"),
                    new JsonDerivedType(typeof(MirrorConfiguration), "mirror"),
                    new JsonDerivedType(typeof(DispatcherConfiguration), "dispatcher"),
                    new JsonDerivedType(typeof(WanOptimizerConfiguration), "wanOptimizer"),
                    new JsonDerivedType(typeof(VlanConfiguration), "vlan"),
                    new JsonDerivedType(typeof(L3SwitchConfiguration), "l3Switch"),
                    new JsonDerivedType(typeof(L2SwitchConfiguration), "l2Switch"),
                    new JsonDerivedType(typeof(NeighborResponderConfiguration), "neighborResponder"),
                    new JsonDerivedType(typeof(MplsConfiguration), "mpls"),
                },
            };
        }
    }

    /// <summary>Properties that cannot be set follow from others.</summary>
    private static void LeaveOutComputed(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(property => property.Set is null).ToList())
        {
            type.Properties.Remove(property);
        }
    }

    /// <summary>Writes a value as its text.</summary>
    private sealed class TextConverter<T>(Func<string, T> parse) : JsonConverter<T>
        where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return parse(reader.GetString() ?? "");
            }
            catch (FormatException exception)
            {
                throw new JsonException(exception.Message, exception);
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
