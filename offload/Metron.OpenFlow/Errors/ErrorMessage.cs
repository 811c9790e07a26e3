using System.Text;

namespace Metron.OpenFlow;

/// <summary>A refusal of the peer, with the transaction number of what it refuses.</summary>
/// <param name="Code">What went wrong.</param>
/// <param name="Content">For a failed HELLO a text, otherwise at least 64 bytes of the refused message.</param>
public sealed record ErrorMessage(OpenFlowErrorCode Code, EquatableArray<byte> Content = default) : OpenFlowMessage
{
    public override MessageType Type => MessageType.Error;

    /// <summary>The explanation that comes with a failed HELLO; null with other errors.</summary>
    public string? Text => Code.Type == OpenFlowErrorCode.HelloIncompatible.Type ? Encoding.Latin1.GetString(Content.AsSpan()).TrimEnd('\0') : null;

    /// <summary>Type of the refused message, when its header was sent back; else null.</summary>
    public MessageType? RefusedType => Text is not null || Content.Count < OpenFlowCodec.HeaderLength ? null
        : Content[0] == (byte)OpenFlowVersion.OpenFlow10 ? MessageType10.FromWire(Content[1]) : (MessageType)Content[1];

    internal override void Append(StringBuilder text)
    {
        text.Append(Code.Name);
        if (Text is { Length: > 0 } explanation)
        {
            text.Append($" \"{explanation}\"");
        }
        else if (RefusedType is { } refused)
        {
            text.Append(" refuses OFPT_").Append(refused.ToName());
        }
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Code.Type);
        writer.Write(Code.Code);
        if (Code.Type == OpenFlowErrorCode.ExperimenterType)
        {
            writer.Write(Code.Experimenter);
        }

        writer.Write(Content);
    }

    internal static ErrorMessage Read(ref OpenFlowReader reader)
    {
        var type = reader.ReadUInt16();
        var code = reader.ReadUInt16();
        var experimenter = type == OpenFlowErrorCode.ExperimenterType ? reader.ReadUInt32() : 0;
        return new ErrorMessage(new OpenFlowErrorCode(type, code, experimenter), reader.ReadRest());
    }
}
