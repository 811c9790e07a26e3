using System.Text;

namespace Metron.OpenFlow;

/// <summary>Something a switch does with a packet (OpenFlow 1.3.5 section 7.2.5, 1.4.1 section 7.2.6).</summary>
public abstract record OpenFlowAction
{
    private protected OpenFlowAction()
    {
    }

    /// <summary>The action as <c>ovs-ofctl</c> writes it.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    internal abstract void Append(StringBuilder text);

    /// <summary>Writes type, length and body; the body is padded to a multiple of eight.</summary>
    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write(WireType);
        writer.Write((ushort)0);
        WriteBody(ref writer);
        writer.PadFrom(start);
        writer.PatchLength(start + 2, start);
    }

    private protected abstract ushort WireType { get; }

    private protected virtual void WriteBody(ref OpenFlowWriter writer)
    {
    }
}

/// <summary>Sends the packet out of a port.</summary>
/// <param name="Port">Port number or one of <see cref="PortNumber"/>.</param>
/// <param name="MaximumLength">For <see cref="PortNumber.Controller"/>: how many bytes of the packet to send, or
/// <see cref="ControllerLength.WholePacket"/>. 0 otherwise.</param>
public sealed record OutputAction(uint Port, ushort MaximumLength = 0) : OpenFlowAction
{
    /// <summary>Sends the whole packet to the controller.</summary>
    public static OutputAction ToController { get; } = new(PortNumber.Controller, ControllerLength.WholePacket);

    private protected override ushort WireType => (ushort)ActionType.Output;

    internal override void Append(StringBuilder text)
    {
        if (Port == PortNumber.Controller)
        {
            text.Append("CONTROLLER:").Append(MaximumLength);
            return;
        }

        text.Append("output:");
        OxmText.AppendPort(text, Port);
    }

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.Write(Port);
        writer.Write(MaximumLength);
        writer.WriteZeros(6);
    }
}

/// <summary>Hands the packet to a group.</summary>
public sealed record GroupAction(uint Group) : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.Group;

    internal override void Append(StringBuilder text) => text.Append("group:").Append(Group);

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Group);
}

/// <summary>Chooses the queue of the output port.</summary>
public sealed record SetQueueAction(uint Queue) : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.SetQueue;

    internal override void Append(StringBuilder text) => text.Append("set_queue:").Append(Queue);

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Queue);
}

/// <summary>Writes a header field.</summary>
/// <param name="Field">Field and value. A mask needs OpenFlow 1.5.</param>
public sealed record SetFieldAction(OxmField Field) : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.SetField;

    internal override void Append(StringBuilder text)
    {
        text.Append("set_field:");
        OxmText.AppendValue(text, Field);
        text.Append("->").Append(Field.Type.Name);
    }

    private protected override void WriteBody(ref OpenFlowWriter writer) => Field.Write(ref writer);
}

/// <summary>An action of an experimenter, kept as it came.</summary>
/// <param name="Experimenter">Whose action it is.</param>
/// <param name="Body">What follows the experimenter number; padded with zeros to a multiple of eight when encoded.</param>
public sealed record ExperimenterAction(uint Experimenter, EquatableArray<byte> Body) : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.Experimenter;

    internal override void Append(StringBuilder text) => text.Append($"experimenter:0x{Experimenter:x8}({Body})");

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.Write(Experimenter);
        writer.Write(Body);
    }
}

/// <summary>An action of a type unknown here, kept as it came.</summary>
/// <param name="Type">Action type on the wire.</param>
/// <param name="Body">What follows type and length.</param>
public sealed record UnknownAction(ushort Type, EquatableArray<byte> Body) : OpenFlowAction
{
    private protected override ushort WireType => Type;

    internal override void Append(StringBuilder text) => text.Append($"action_{Type}({Body})");

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Body);
}
