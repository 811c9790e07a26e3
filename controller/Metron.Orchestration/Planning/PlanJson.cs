using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Metron.NetworkFunctions;
using Metron.Offload;
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
                new ProfileConverter(),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void NameFunctionKinds(JsonTypeInfo type)
    {
        if (type.Type == typeof(NetworkFunctionConfiguration))
        {
            type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "kind" };
            foreach (var kind in NetworkFunctionKind.All)
            {
                type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(kind.ConfigurationType, kind.Name));
            }
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

    /// <summary>Profiles have a notation of their own.</summary>
    private sealed class ProfileConverter : JsonConverter<SwitchProfile>
    {
        public override SwitchProfile Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var reading = SwitchProfileJson.Read(document.RootElement.GetRawText());
            return reading.Profile ?? throw new JsonException(string.Join("; ", reading.Problems));
        }

        public override void Write(Utf8JsonWriter writer, SwitchProfile value, JsonSerializerOptions options) => writer.WriteRawValue(SwitchProfileJson.Write(value));
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
