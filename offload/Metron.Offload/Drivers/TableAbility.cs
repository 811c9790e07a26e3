using System.Numerics;
using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>What a table of a switch can hold.</summary>
internal sealed class TableAbility
{
    /// <summary>Most values in place of a mask that a field does not take.</summary>
    private const int MostFreeBits = 6;

    private readonly Dictionary<OxmType, MaskSupport>? _match;
    private readonly HashSet<OxmType>? _setFields;
    private readonly HashSet<ActionType>? _actions;
    private readonly bool _takesMetadata;

    public TableAbility(SwitchProfile profile, TableProfile table)
    {
        Table = table;
        _match = table.Match?.GroupBy(field => field.Field).ToDictionary(group => group.Key, group => group.Max(field => field.Masks));
        _setFields = table.SetFields?.ToHashSet();
        _actions = table.Actions?.ToHashSet();
        _takesMetadata = profile.Metadata && (_match is null || _match.ContainsKey(Oxm.Metadata));
    }

    public TableProfile Table { get; }

    /// <summary>Whether positions can be told apart by metadata.</summary>
    public bool MatchesMetadata => _takesMetadata;

    /// <summary>Whether goto-table may lead to a table.</summary>
    public bool LeadsTo(byte other) => other > Table.Number && (Table.Next is not { } next || next.Contains(other));

    /// <summary>The first action that the table does not carry out; null when it carries out all.</summary>
    public OpenFlowAction? Lacking(IEnumerable<OpenFlowAction> actions) => actions.FirstOrDefault(action =>
        !(_actions is null || _actions.Contains(TypeOf(action)))
        || (action is SetFieldAction { Field.Type: var type } && _setFields is not null && !_setFields.Contains(type)));

    /// <summary>What keeps a match from being held; null when nothing does.</summary>
    public LoweringProblemKind? Refusal(MatchCube cube, out CubeField field)
    {
        field = default;
        if (_match is null)
        {
            return null;
        }

        foreach (var one in cube.Fields)
        {
            field = one;
            if (!_match.TryGetValue(one.Type, out var masks))
            {
                return LoweringProblemKind.FieldMissing;
            }

            if (FreeBits(one, masks) > MostFreeBits)
            {
                return LoweringProblemKind.MaskMissing;
            }
        }

        return null;
    }

    /// <summary>The matches that stand for a match here: itself, or values and prefixes in place of masks that are not taken. The match is one that is not refused.</summary>
    public IReadOnlyList<MatchCube> Expand(MatchCube cube)
    {
        List<MatchCube> cubes = [cube];
        if (_match is not null)
        {
            foreach (var field in cube.Fields)
            {
                if (FreeBits(field, _match[field.Type]) > 0)
                {
                    var values = Values(field, _match[field.Type]).ToList();
                    cubes = [.. cubes.SelectMany(one => values.Select(one.With))];
                }
            }
        }

        return cubes;
    }

    /// <summary>Bits that would have to be written out.</summary>
    private static int FreeBits(CubeField field, MaskSupport masks) => BitOperations.PopCount((ulong)(Free(field, masks) >> 64)) + BitOperations.PopCount((ulong)Free(field, masks));

    private static UInt128 Free(CubeField field, MaskSupport masks)
    {
        var all = Oxm.Describe(field.Type)!.FullMask;
        return masks switch
        {
            MaskSupport.Any => 0,
            MaskSupport.Exact => all & ~field.Mask,
            _ => all & ~field.Mask & ~(LowestBit(field.Mask) - 1),
        };
    }

    private static UInt128 LowestBit(UInt128 mask) => mask & (~mask + 1);

    private static IEnumerable<CubeField> Values(CubeField field, MaskSupport masks)
    {
        var free = Free(field, masks);

        // All subsets of the free bits, in ascending order.
        var bits = UInt128.Zero;
        do
        {
            yield return new CubeField(field.Type, field.Value | bits, field.Mask | free);
            bits = (bits - free) & free;
        }
        while (bits != 0);
    }

    private static ActionType TypeOf(OpenFlowAction action) => action switch
    {
        OutputAction => ActionType.Output,
        GroupAction => ActionType.Group,
        SetQueueAction => ActionType.SetQueue,
        SetFieldAction => ActionType.SetField,
        PushVlanAction => ActionType.PushVlan,
        PopVlanAction => ActionType.PopVlan,
        PushMplsAction => ActionType.PushMpls,
        PopMplsAction => ActionType.PopMpls,
        PushPbbAction => ActionType.PushPbb,
        PopPbbAction => ActionType.PopPbb,
        SetNetworkTtlAction => ActionType.SetNetworkTtl,
        DecrementNetworkTtlAction => ActionType.DecrementNetworkTtl,
        SetMplsTtlAction => ActionType.SetMplsTtl,
        DecrementMplsTtlAction => ActionType.DecrementMplsTtl,
        CopyTtlInAction => ActionType.CopyTtlIn,
        CopyTtlOutAction => ActionType.CopyTtlOut,
        _ => ActionType.Experimenter,
    };
}
