using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>The fields of a match, seen through their bytes, without allocation.</summary>
public readonly ref struct MatchView
{
    private const ushort TypeOxm = 1;

    private readonly ReadOnlySpan<byte> _fields;
    private readonly OpenFlowVersion _version;

    private MatchView(ReadOnlySpan<byte> fields, OpenFlowVersion version)
    {
        _fields = fields;
        _version = version;
    }

    /// <summary>Whether there is no field: every packet fits.</summary>
    public bool IsEmpty => _fields.IsEmpty;

    /// <summary>The ingress port, which the match of a packet-in holds; null when it is not there.</summary>
    public uint? InPort => TryGet(Oxm.InPort, out var port) ? (uint)port.Number : null;

    /// <summary>Finds the field of this type.</summary>
    public bool TryGet(OxmType type, out OxmView field)
    {
        foreach (var candidate in this)
        {
            if (candidate.Type == type)
            {
                field = candidate;
                return true;
            }
        }

        field = default;
        return false;
    }

    /// <summary>A match of its own with the same fields; allocates.</summary>
    public Match ToMatch()
    {
        var fields = new List<OxmField>();
        foreach (var field in this)
        {
            fields.Add(field.ToField());
        }

        return fields.Count == 0 ? Match.Any : new Match(fields.ToEquatableArray());
    }

    public Enumerator GetEnumerator() => new(_fields, _version);

    internal static bool TryTake(scoped ref SpanCursor cursor, OpenFlowVersion version, out MatchView match)
    {
        match = default;
        if (!cursor.TryTakeList(out var type, out var fields) || type != TypeOxm)
        {
            return false;
        }

        for (var rest = fields; !rest.IsEmpty;)
        {
            if (!OxmView.TryTake(ref rest, version, out _))
            {
                return false;
            }
        }

        match = new MatchView(fields, version);
        return true;
    }

    /// <summary>Goes through the fields in the order of the wire.</summary>
    public ref struct Enumerator
    {
        private readonly OpenFlowVersion _version;
        private ReadOnlySpan<byte> _rest;
        private OxmView _current;

        internal Enumerator(ReadOnlySpan<byte> fields, OpenFlowVersion version)
        {
            _rest = fields;
            _version = version;
        }

        public readonly OxmView Current => _current;

        public bool MoveNext() => !_rest.IsEmpty && OxmView.TryTake(ref _rest, _version, out _current);
    }
}

/// <summary>A match field, seen through its bytes, without allocation.</summary>
public readonly ref struct OxmView
{
    private const int HeaderLength = 4;
    private const int ExperimenterLength = 4;

    private OxmView(OxmType type, bool hasMask, ReadOnlySpan<byte> payload)
    {
        Type = type;
        HasMask = hasMask;
        Payload = payload;
    }

    public OxmType Type { get; }

    public bool HasMask { get; }

    /// <summary>Value, followed by a mask of the same length if there is one; big-endian.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The value, big-endian.</summary>
    public ReadOnlySpan<byte> Value => HasMask ? Payload[..(Payload.Length / 2)] : Payload;

    /// <summary>The mask, big-endian; empty when there is none.</summary>
    public ReadOnlySpan<byte> Mask => HasMask ? Payload[(Payload.Length / 2)..] : default;

    /// <summary>The value as an unsigned number; only the last 16 bytes of a longer one.</summary>
    public UInt128 Number => OxmField.ToNumber(Value);

    /// <summary>A field of its own with the same content; allocates.</summary>
    public OxmField ToField() => new(Type, EquatableArray.Create(Payload), HasMask);

    internal static bool TryTake(scoped ref ReadOnlySpan<byte> bytes, OpenFlowVersion version, out OxmView field)
    {
        field = default;
        if (bytes.Length < HeaderLength || bytes.Length < HeaderLength + bytes[3])
        {
            return false;
        }

        var oxmClass = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        var payload = bytes.Slice(HeaderLength, bytes[3]);
        var experimenter = 0U;
        if (oxmClass == OxmClass.Experimenter)
        {
            if (payload.Length < ExperimenterLength)
            {
                return false;
            }

            experimenter = BinaryPrimitives.ReadUInt32BigEndian(payload);
            payload = payload[ExperimenterLength..];
        }

        var type = OxmType.FromWire(new OxmType(oxmClass, (byte)(bytes[2] >> 1), experimenter), version);
        var hasMask = (bytes[2] & 1) != 0;
        if (!HasRightLength(type, hasMask, payload.Length))
        {
            return false;
        }

        bytes = bytes[(HeaderLength + bytes[3])..];
        field = new OxmView(type, hasMask, payload);
        return true;
    }

    private static bool HasRightLength(OxmType type, bool hasMask, int length) => Oxm.Describe(type) is { } known
        ? length == (hasMask ? known.Bytes * 2 : known.Bytes)
        : !hasMask || length % 2 == 0;
}
