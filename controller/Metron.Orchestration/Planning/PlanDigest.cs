using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration;

/// <summary>Fingerprints of what switch and servers are told.</summary>
internal static class PlanDigest
{
    /// <summary>SHA-256 of a plan's programs and rules; the plan has canonical numbers, and its revision does not count.</summary>
    public static string Of(CompiledChain chain, ChainPlan canonical)
    {
        var plan = canonical with { Revision = 0 };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, $"{plan.Switch} {plan.TagKind} {plan.Steering}");
        foreach (var (server, program) in ProgramWriter.ResidualPrograms(chain, plan))
        {
            Append(hash, server);
            Append(hash, JsonSerializer.Serialize(program, PlanJson.Options));
        }

        foreach (var rule in ProgramWriter.SwitchRules(chain, plan))
        {
            Append(hash, $"{rule} {rule.Role} {rule.ClassId} {rule.Purpose}");
        }

        foreach (var trafficClass in plan.Classes)
        {
            Append(hash, JsonSerializer.Serialize(trafficClass, PlanJson.Options));
        }

        // What no rule and no program says, but the rules that serve all chains follow from.
        Append(hash, JsonSerializer.Serialize(plan.Spec.Endpoints, PlanJson.Options));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of a program, whatever its revision.</summary>
    public static string Of(ResidualProgram program) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(program with { Revision = 0 }, PlanJson.Options)));

    private static void Append(IncrementalHash hash, string text)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData([0]);
    }
}
