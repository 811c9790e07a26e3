using System.Text;

namespace Metron.OpenFlow;

/// <summary>A message without its header: version and transaction number belong to the <see cref="OpenFlowFrame"/> around it.</summary>
/// <remarks>Messages are immutable and compare by content. One set of types serves all versions; the encoder refuses what a version lacks.</remarks>
public abstract record OpenFlowMessage
{
    private protected OpenFlowMessage()
    {
    }

    /// <summary>The message's type; on the wire, extensions may travel as <see cref="MessageType.Experimenter"/>.</summary>
    public abstract MessageType Type { get; }

    /// <summary>The name that logs show, "OFPT_" and the type.</summary>
    internal virtual string Name => $"OFPT_{Type.ToName()}";

    /// <summary>One line: name and content in the style of <c>ovs-ofctl ofp-print</c>.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder(Name);
        var end = text.Append(": ").Length;
        Append(text);
        if (text.Length == end)
        {
            text.Length = end - 2;
        }

        return OneLine.Of(text);
    }

    internal virtual MessageType WireType(OpenFlowVersion version) => Type;

    /// <summary>Appends the content, without the name.</summary>
    internal abstract void Append(StringBuilder text);

    /// <summary>Writes what follows the eight-byte header.</summary>
    internal abstract void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version);
}

/// <summary>A message with no content after the header.</summary>
public abstract record EmptyMessage : OpenFlowMessage
{
    private protected EmptyMessage()
    {
    }

    internal sealed override void Append(StringBuilder text)
    {
    }

    internal sealed override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
    }
}

/// <summary>A message of a type that has no record here, kept as it came.</summary>
/// <param name="RawType">Type byte of the header.</param>
/// <param name="Body">What follows the header.</param>
public sealed record UnknownMessage(MessageType RawType, EquatableArray<byte> Body) : OpenFlowMessage
{
    public override MessageType Type => RawType;

    internal override void Append(StringBuilder text) => text.Append(Body);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version) => writer.Write(Body);
}
