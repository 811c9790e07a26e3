using System.Text;

namespace Metron.OpenFlow;

/// <summary>Opens, closes, commits or discards a bundle (OpenFlow 1.4.1 section 7.3.9; for 1.3 ONF extension EXT-230).</summary>
/// <remarks>In OpenFlow 1.3 it travels as an experimenter message of the ONF.</remarks>
/// <param name="Bundle">The controller's number for the bundle.</param>
/// <param name="Kind">Request or its reply.</param>
/// <param name="Flags">The same in all messages of a bundle.</param>
/// <param name="Properties">Properties, all unknown here.</param>
public sealed record BundleControl(uint Bundle, BundleControlKind Kind, BundleFlags Flags, EquatableArray<OpenFlowProperty> Properties = default)
    : OpenFlowMessage, IOpenFlowRequest<BundleControl>
{
    internal const uint OnfType = 2300;

    public override MessageType Type => MessageType.BundleControl;

    internal override MessageType WireType(OpenFlowVersion version) => BundleWire.TypeFor(Type, version);

    internal override void Append(StringBuilder text)
    {
        text.Append($"bundle_id=0x{Bundle:x} type={BundleWire.KindName(Kind)} flags={BundleWire.FlagNames(Flags)}");
        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        BundleWire.WriteOnfHeader(ref writer, version, OnfType);
        writer.Write(Bundle);
        writer.Write((ushort)Kind);
        writer.Write((ushort)Flags);
        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static BundleControl Read(ref OpenFlowReader reader)
    {
        BundleWire.RefuseNesting(ref reader);
        return new BundleControl(
            reader.ReadUInt32(),
            (BundleControlKind)reader.ReadUInt16(),
            (BundleFlags)reader.ReadUInt16(),
            OpenFlowProperty.ReadAll(ref reader));
    }
}

/// <summary>Puts a message into a bundle. The message inside carries the version and transaction number of the one around it.</summary>
/// <param name="Bundle">The controller's number for the bundle.</param>
/// <param name="Flags">The same in all messages of a bundle.</param>
/// <param name="Message">The message; not itself a bundle message.</param>
/// <param name="Properties">Properties, all unknown here.</param>
public sealed record BundleAddMessage(uint Bundle, BundleFlags Flags, OpenFlowMessage Message, EquatableArray<OpenFlowProperty> Properties = default)
    : OpenFlowMessage
{
    internal const uint OnfType = 2301;

    public override MessageType Type => MessageType.BundleAddMessage;

    internal override MessageType WireType(OpenFlowVersion version) => BundleWire.TypeFor(Type, version);

    internal override void Append(StringBuilder text)
    {
        text.Append($"bundle_id=0x{Bundle:x} flags={BundleWire.FlagNames(Flags)} {Message}");
        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        BundleWire.WriteOnfHeader(ref writer, version, OnfType);
        writer.Write(Bundle);
        writer.WriteZeros(2);
        writer.Write((ushort)Flags);
        var start = writer.Length;
        OpenFlowCodec.WriteFrame(ref writer, Message, version, writer.TransactionId);
        if (!Properties.IsEmpty)
        {
            writer.PadFrom(start);
            OpenFlowProperty.WriteAll(ref writer, Properties);
        }
    }

    internal static BundleAddMessage Read(ref OpenFlowReader reader)
    {
        BundleWire.RefuseNesting(ref reader);
        var bundle = reader.ReadUInt32();
        reader.Skip(2);
        var flags = (BundleFlags)reader.ReadUInt16();
        var length = reader.PeekUInt16(2);
        var part = reader.TakeBundled(length);
        var frame = OpenFlowCodec.Read(ref part);
        if (reader.IsAtEnd)
        {
            return new BundleAddMessage(bundle, flags, frame.Message);
        }

        reader.SkipPadding(length);
        return new BundleAddMessage(bundle, flags, frame.Message, OpenFlowProperty.ReadAll(ref reader));
    }
}

/// <summary>What a <see cref="BundleControl"/> asks or answers (<c>OFPBCT_*</c>).</summary>
public enum BundleControlKind : ushort
{
    OpenRequest = 0,
    OpenReply = 1,
    CloseRequest = 2,
    CloseReply = 3,
    CommitRequest = 4,
    CommitReply = 5,
    DiscardRequest = 6,
    DiscardReply = 7,
}

/// <summary>How a bundle is applied (<c>OFPBF_*</c>).</summary>
[Flags]
public enum BundleFlags : ushort
{
    None = 0,

    /// <summary>All or nothing, also for packets in flight.</summary>
    Atomic = 1,

    /// <summary>In the order of the messages.</summary>
    Ordered = 2,

    /// <summary>At the time that the <see cref="BundleTime"/> property of the commit request says; OpenFlow 1.5.</summary>
    Time = 4,
}

/// <summary>What bundle messages share on the wire.</summary>
internal static class BundleWire
{
    private static readonly string[] KindNames =
    [
        "OPEN_REQUEST", "OPEN_REPLY", "CLOSE_REQUEST", "CLOSE_REPLY",
        "COMMIT_REQUEST", "COMMIT_REPLY", "DISCARD_REQUEST", "DISCARD_REPLY",
    ];

    public static MessageType TypeFor(MessageType type, OpenFlowVersion version) =>
        version >= OpenFlowVersion.OpenFlow14 ? type : MessageType.Experimenter;

    public static void WriteOnfHeader(ref OpenFlowWriter writer, OpenFlowVersion version, uint type)
    {
        if (version < OpenFlowVersion.OpenFlow14)
        {
            writer.Write(ExperimenterNumber.Onf);
            writer.Write(type);
        }
    }

    /// <summary>A message that holds a message which holds a message is against the standard, and would let a peer choose how deep reading recurses.</summary>
    public static void RefuseNesting(ref OpenFlowReader reader)
    {
        if (reader.InsideBundle)
        {
            throw reader.Error("message inside a message inside a message");
        }
    }

    public static string KindName(BundleControlKind kind) => (int)kind < KindNames.Length ? KindNames[(int)kind] : $"{(ushort)kind}";

    public static string FlagNames(BundleFlags flags)
    {
        if (flags is BundleFlags.None or > (BundleFlags.Atomic | BundleFlags.Ordered | BundleFlags.Time))
        {
            return flags == BundleFlags.None ? "0" : $"0x{(ushort)flags:x}";
        }

        ReadOnlySpan<(BundleFlags Flag, string Name)> names = [(BundleFlags.Atomic, "atomic"), (BundleFlags.Ordered, "ordered"), (BundleFlags.Time, "time")];
        var text = new StringBuilder();
        foreach (var (flag, name) in names)
        {
            text.Append((flags & flag) == 0 ? "" : text.Length == 0 ? name : $" {name}");
        }

        return text.ToString();
    }
}
