using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Metron.Controller.Hosting;
using Metron.Controller.Store;
using Metron.Mapping;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>Decides whether a chain that an operator sends can be taken, and what it is then.</summary>
/// <param name="inventory">Switches and servers as known now.</param>
/// <param name="time">The clock.</param>
public sealed class ChainAdmission(IInventorySource inventory, TimeProvider time)
{
    /// <summary>A new chain, every part of it checked.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT with every problem.</exception>
    public ChainState Admit(V1.ServiceChain chain, ImmutableSortedDictionary<string, ChainState> present)
    {
        var graph = Check(chain, present);
        var now = time.GetUtcNow();
        var stored = new StoredChain(
            chain.Name, 0, chain.Labels.ToImmutableSortedDictionary(), (chain.Spec ?? new V1.ServiceChainSpec()).ToByteArray(), 1, NewEtag(), false, now, now);
        return new ChainState(stored, chain.Spec!, graph) { Conditions = [Accepted(now)] };
    }

    /// <summary>The successor of a chain; the same object when nothing is different.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT with every problem.</exception>
    public ChainState AdmitChange(ChainState before, V1.ServiceChain chain, ImmutableSortedDictionary<string, ChainState> present)
    {
        var graph = Check(chain, present, before.Graph);
        var sameSpec = before.Spec.Equals(chain.Spec);
        if (sameSpec && before.Stored.Labels.Count == chain.Labels.Count && before.Stored.Labels.All(label => chain.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
        {
            return before;
        }

        var stored = before.Stored with
        {
            Labels = chain.Labels.ToImmutableSortedDictionary(),
            Spec = sameSpec ? before.Stored.Spec : chain.Spec.ToByteArray(),
            Revision = before.Stored.Revision + 1,
            Etag = NewEtag(),
            UpdateTime = time.GetUtcNow(),
        };
        return before with { Stored = stored, Spec = sameSpec ? before.Spec : chain.Spec, Graph = graph };
    }

    /// <summary>The same chain, to be removed.</summary>
    public ChainState MarkDeleted(ChainState before) =>
        before with { Stored = before.Stored with { Deleting = true, Etag = NewEtag(), UpdateTime = time.GetUtcNow() } };

    /// <summary>An etag that was never used before.</summary>
    internal static string NewEtag() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    internal static ChainCondition Accepted(DateTimeOffset since) =>
        new(ConditionTypes.Accepted, true, "Valid", "The spec is valid and was stored.", since);

    private NetworkFunctions.Chains.ChainSpec Check(
        V1.ServiceChain chain, ImmutableSortedDictionary<string, ChainState> present, NetworkFunctions.Chains.ChainSpec? before = null)
    {
        var mapped = ServiceChainMapper.Map(chain);
        var violations = mapped.Violations.Select(violation => (violation.Path, violation.Message)).ToList();
        if (mapped.Graph is { } graph && violations.Count < SpecLimits.Violations)
        {
            var others = present.Values
                .Where(other => other.Name != chain.Name && other.Graph is not null && !other.Stored.Deleting)
                .Select(other => other.Graph!)
                .ToList();
            var problems = ChainValidator.Validate(graph, inventory.Read(), others, isComplete: violations.Count == 0, before);
            violations.AddRange(problems.Select(violation => (violation.Path, violation.Message)));
        }

        if (violations.Count > 0)
        {
            throw ApiErrors.InvalidArgument(
                "the chain is not valid",
                violations.Select(violation => new BadRequest.Types.FieldViolation { Field = violation.Path, Description = violation.Message }));
        }

        return mapped.TryGetSpec(out var spec) ? spec : throw new InvalidOperationException("a chain without violations has a spec");
    }
}

/// <summary>Knows switches and servers.</summary>
public interface IInventorySource
{
    /// <summary>Switches and servers as known now.</summary>
    Inventory Read();
}
