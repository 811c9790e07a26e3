using System.Text.Json;

namespace Metron.Orchestration;

/// <summary>Plans as JSON, for the store.</summary>
public static class PlanJson
{
    /// <summary>Options that read and write <see cref="ChainPlan"/> and <see cref="NetworkFunctions.Chains.ChainSpec"/>.</summary>
    public static JsonSerializerOptions Options => throw new NotSupportedException();

    public static string Write(ChainPlan plan) => JsonSerializer.Serialize(plan, Options);

    /// <exception cref="JsonException">The text is not a plan.</exception>
    public static ChainPlan Read(string json) =>
        JsonSerializer.Deserialize<ChainPlan>(json, Options) ?? throw new JsonException("the text holds no plan");
}
