namespace Metron.OpenFlow;

/// <summary>Buckets as OpenFlow 1.5 writes them: with a number, and with weight and watched port and group as properties (1.5.1 section 7.3.4.3.2).</summary>
internal static class Bucket15
{
    private const ushort WeightType = 0;
    private const ushort WatchPortType = 1;
    private const ushort WatchGroupType = 2;
    private const int HeaderLength = 8;
    private const int ValueLength = 4;

    /// <summary>Writes buckets, and the number of their bytes into the 16-bit field at <paramref name="lengthField"/>.</summary>
    public static void WriteAll(ref OpenFlowWriter writer, int lengthField, EquatableArray<Bucket> buckets)
    {
        var start = writer.Length;
        for (var i = 0; i < buckets.Count; i++)
        {
            Write(ref writer, buckets[i], buckets[i].Id ?? (uint)i);
        }

        writer.PatchLength(lengthField, start);
    }

    public static EquatableArray<Bucket> ReadAll(ref OpenFlowReader reader, int length)
    {
        var part = reader.Take(length);
        if (part.IsAtEnd)
        {
            return default;
        }

        var buckets = new List<Bucket>();
        while (!part.IsAtEnd)
        {
            buckets.Add(Read(ref part, (uint)buckets.Count));
        }

        return buckets.ToEquatableArray();
    }

    private static void Write(ref OpenFlowWriter writer, Bucket bucket, uint id)
    {
        var start = writer.Length;
        writer.WriteZeros(4);
        writer.Write(id);
        var actions = writer.Length;
        ActionList.Write(ref writer, bucket.Actions);
        writer.PatchLength(start + 2, actions);
        if (bucket.Weight != 0)
        {
            var property = OpenFlowProperty.Begin(ref writer, WeightType);
            writer.Write(bucket.Weight);
            writer.WriteZeros(2);
            OpenFlowProperty.End(ref writer, property);
        }

        WriteWatch(ref writer, WatchPortType, bucket.WatchPort, PortNumber.Any);
        WriteWatch(ref writer, WatchGroupType, bucket.WatchGroup, GroupNumber.Any);
        OpenFlowProperty.WriteAll(ref writer, bucket.Properties);
        writer.PatchLength(start, start);
    }

    private static void WriteWatch(ref OpenFlowWriter writer, ushort type, uint value, uint none)
    {
        if (value != none)
        {
            var property = OpenFlowProperty.Begin(ref writer, type);
            writer.Write(value);
            OpenFlowProperty.End(ref writer, property);
        }
    }

    private static Bucket Read(ref OpenFlowReader reader, uint position)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < HeaderLength)
        {
            throw new OpenFlowDecodeException(start, $"bucket of length {length}, less than its header");
        }

        var body = reader.Take(length - 2);
        var actionBytes = body.ReadUInt16();
        var id = body.ReadUInt32();
        var actions = body.Take(actionBytes);
        var bucket = new Bucket { Id = id == position ? null : id, Actions = ActionList.Read(ref actions) };
        return ReadProperties(ref body, bucket);
    }

    private static Bucket ReadProperties(ref OpenFlowReader body, Bucket bucket)
    {
        List<OpenFlowProperty>? others = null;
        while (!body.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref body, out var property);
            bucket = (type, property.Remaining) switch
            {
                (WeightType, ValueLength) when bucket.Weight == 0 => bucket with { Weight = property.ReadUInt16() },
                (WatchPortType, ValueLength) when bucket.WatchPort == PortNumber.Any => bucket with { WatchPort = property.ReadUInt32() },
                (WatchGroupType, ValueLength) when bucket.WatchGroup == GroupNumber.Any => bucket with { WatchGroup = property.ReadUInt32() },
                _ => Keep(bucket, new OpenFlowProperty(type, property.ReadRest()), ref others),
            };
        }

        return others is null ? bucket : bucket with { Properties = others.ToEquatableArray() };
    }

    private static Bucket Keep(Bucket bucket, OpenFlowProperty property, ref List<OpenFlowProperty>? others)
    {
        (others ??= []).Add(property);
        return bucket;
    }
}
