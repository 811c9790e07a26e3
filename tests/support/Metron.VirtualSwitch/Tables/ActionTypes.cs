using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Numbers of actions.</summary>
internal static class ActionTypes
{
    public static ActionType Of(OpenFlowAction action) => action switch
    {
        OutputAction => ActionType.Output,
        CopyTtlOutAction => ActionType.CopyTtlOut,
        CopyTtlInAction => ActionType.CopyTtlIn,
        SetMplsTtlAction => ActionType.SetMplsTtl,
        DecrementMplsTtlAction => ActionType.DecrementMplsTtl,
        PushVlanAction => ActionType.PushVlan,
        PopVlanAction => ActionType.PopVlan,
        PushMplsAction => ActionType.PushMpls,
        PopMplsAction => ActionType.PopMpls,
        SetQueueAction => ActionType.SetQueue,
        GroupAction => ActionType.Group,
        SetNetworkTtlAction => ActionType.SetNetworkTtl,
        DecrementNetworkTtlAction => ActionType.DecrementNetworkTtl,
        SetFieldAction => ActionType.SetField,
        PushPbbAction => ActionType.PushPbb,
        PopPbbAction => ActionType.PopPbb,
        UnknownAction unknown => (ActionType)unknown.Type,
        _ => ActionType.Experimenter,
    };
}
