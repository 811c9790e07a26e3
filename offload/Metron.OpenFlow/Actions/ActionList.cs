using System.Text;

namespace Metron.OpenFlow;

/// <summary>Reads and writes lists of actions.</summary>
internal static class ActionList
{
    /// <summary>Reads actions until the reader is at its end.</summary>
    public static EquatableArray<OpenFlowAction> Read(ref OpenFlowReader reader)
    {
        if (reader.IsAtEnd)
        {
            return default;
        }

        var actions = new List<OpenFlowAction>();
        while (!reader.IsAtEnd)
        {
            actions.Add(ReadOne(ref reader));
        }

        return actions.ToEquatableArray();
    }

    public static void Write(ref OpenFlowWriter writer, EquatableArray<OpenFlowAction> actions)
    {
        foreach (var action in actions.AsSpan())
        {
            action.Write(ref writer);
        }
    }

    public static void Append(StringBuilder text, EquatableArray<OpenFlowAction> actions)
    {
        var separator = "";
        foreach (var action in actions.AsSpan())
        {
            text.Append(separator);
            action.Append(text);
            separator = ",";
        }
    }

    private static OpenFlowAction ReadOne(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var type = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        if (length < 8 || length % 8 != 0)
        {
            throw new OpenFlowDecodeException(start, $"action of type {type} has length {length}, not a positive multiple of 8");
        }

        var body = reader.Take(length - 4);
        var action = ReadBody((ActionType)type, ref body);
        if (!body.IsAtEnd)
        {
            throw new OpenFlowDecodeException(start, $"action of type {type} has length {length}, too long");
        }

        return action;
    }

    private static OpenFlowAction ReadBody(ActionType type, ref OpenFlowReader body) => type switch
    {
        ActionType.Output => Padded(new OutputAction(body.ReadUInt32(), body.ReadUInt16()), ref body, 6),
        ActionType.CopyTtlOut => Padded(new CopyTtlOutAction(), ref body, 4),
        ActionType.CopyTtlIn => Padded(new CopyTtlInAction(), ref body, 4),
        ActionType.SetMplsTtl => Padded(new SetMplsTtlAction(body.ReadByte()), ref body, 3),
        ActionType.DecrementMplsTtl => Padded(new DecrementMplsTtlAction(), ref body, 4),
        ActionType.PushVlan => Padded(new PushVlanAction(body.ReadUInt16()), ref body, 2),
        ActionType.PopVlan => Padded(new PopVlanAction(), ref body, 4),
        ActionType.PushMpls => Padded(new PushMplsAction(body.ReadUInt16()), ref body, 2),
        ActionType.PopMpls => Padded(new PopMplsAction(body.ReadUInt16()), ref body, 2),
        ActionType.SetQueue => new SetQueueAction(body.ReadUInt32()),
        ActionType.Group => new GroupAction(body.ReadUInt32()),
        ActionType.SetNetworkTtl => Padded(new SetNetworkTtlAction(body.ReadByte()), ref body, 3),
        ActionType.DecrementNetworkTtl => Padded(new DecrementNetworkTtlAction(), ref body, 4),
        ActionType.SetField => ReadSetField(ref body),
        ActionType.PushPbb => Padded(new PushPbbAction(body.ReadUInt16()), ref body, 2),
        ActionType.PopPbb => Padded(new PopPbbAction(), ref body, 4),
        ActionType.CopyField when body.Version >= OpenFlowVersion.OpenFlow15 => CopyFieldAction.Read(ref body),
        ActionType.Meter when body.Version >= OpenFlowVersion.OpenFlow15 => new MeterAction(body.ReadUInt32()),
        ActionType.Experimenter => new ExperimenterAction(body.ReadUInt32(), body.ReadRest()),
        _ => new UnknownAction((ushort)type, body.ReadRest()),
    };

    private static SetFieldAction ReadSetField(ref OpenFlowReader body)
    {
        var field = OxmField.Read(ref body);
        if (body.Remaining > 7)
        {
            throw body.Error($"{body.Remaining} bytes after the field of set-field");
        }

        body.Skip(body.Remaining);
        return new SetFieldAction(field);
    }

    private static OpenFlowAction Padded(OpenFlowAction action, ref OpenFlowReader body, int padding)
    {
        body.Skip(padding);
        return action;
    }
}
