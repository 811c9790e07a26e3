using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration;

/// <summary>Fingerprints of what switch and servers are told.</summary>
internal static class PlanDigest
{
    /// <summary>SHA-256 of a plan's programs and rules; the plan has canonical numbers, and its revision does not count.</summary>
    public static string Of(CompiledChain chain, ChainPlan canonical) => Hash(stream =>
    {
        var plan = canonical with { Revision = 0 };
        Write(stream, $"{plan.Switch} {plan.TagKind} {plan.Steering}");
        foreach (var (server, program) in ProgramWriter.ResidualPrograms(chain, plan))
        {
            Write(stream, server);
            JsonSerializer.Serialize(stream, program, PlanJson.Options);
        }

        foreach (var rule in ProgramWriter.SwitchRules(chain, plan))
        {
            Write(stream, $"{rule} {rule.Role} {rule.ClassId} {rule.Purpose}");
        }

        JsonSerializer.Serialize(stream, plan.Classes, PlanJson.Options);

        // What no rule and no program says, but the rules that serve all chains follow from.
        JsonSerializer.Serialize(stream, plan.Spec.Endpoints, PlanJson.Options);
    });

    /// <summary>SHA-256 of a program, whatever its revision.</summary>
    public static string Of(ResidualProgram program) =>
        Hash(stream => JsonSerializer.Serialize(stream, program with { Revision = 0 }, PlanJson.Options));

    /// <summary>Hashes what is written, without keeping it: a router may have a million routes.</summary>
    private static string Hash(Action<Stream> write)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            write(stream);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    private static void Write(Stream stream, string text)
    {
        stream.Write(Encoding.UTF8.GetBytes(text));
        stream.WriteByte(0);
    }
}
