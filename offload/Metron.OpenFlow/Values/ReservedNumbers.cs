namespace Metron.OpenFlow;

/// <summary>Port numbers with a meaning of their own (OpenFlow 1.3.5 section 7.2.1, <c>OFPP_*</c>).</summary>
public static class PortNumber
{
    /// <summary>Largest number of a physical or logical port.</summary>
    public const uint Maximum = 0xffffff00;

    /// <summary>Back out of the port that the packet came in by.</summary>
    public const uint InPort = 0xfffffff8;

    /// <summary>To the first table; in packet-out only.</summary>
    public const uint Table = 0xfffffff9;

    /// <summary>The switch's own non-OpenFlow forwarding.</summary>
    public const uint Normal = 0xfffffffa;

    /// <summary>The switch's own flooding.</summary>
    public const uint Flood = 0xfffffffb;

    /// <summary>All ports but the ingress port.</summary>
    public const uint All = 0xfffffffc;

    /// <summary>To the controller as a packet-in.</summary>
    public const uint Controller = 0xfffffffd;

    /// <summary>The switch's own network stack.</summary>
    public const uint Local = 0xfffffffe;

    /// <summary>Wildcard in requests and deletions.</summary>
    public const uint Any = 0xffffffff;
}

/// <summary>Group numbers with a meaning of their own (OpenFlow 1.3.5 section 7.3.4.2, <c>OFPG_*</c>).</summary>
public static class GroupNumber
{
    /// <summary>Largest number of a group.</summary>
    public const uint Maximum = 0xffffff00;

    /// <summary>All groups, in deletions and requests.</summary>
    public const uint All = 0xfffffffc;

    /// <summary>Wildcard: no restriction by group.</summary>
    public const uint Any = 0xffffffff;
}

/// <summary>Table numbers with a meaning of their own (<c>OFPTT_*</c>).</summary>
public static class TableNumber
{
    /// <summary>Largest number of a table.</summary>
    public const byte Maximum = 0xfe;

    /// <summary>All tables, in deletions and requests.</summary>
    public const byte All = 0xff;
}

/// <summary>Bucket numbers with a meaning of their own (OpenFlow 1.5.1 section 7.3.4.3, <c>OFPG_BUCKET_*</c>).</summary>
public static class BucketNumber
{
    /// <summary>Largest number of a bucket.</summary>
    public const uint Maximum = 0xffffff00;

    /// <summary>The first bucket; when inserting, in front of it.</summary>
    public const uint First = 0xfffffffd;

    /// <summary>The last bucket.</summary>
    public const uint Last = 0xfffffffe;

    /// <summary>All buckets.</summary>
    public const uint All = 0xffffffff;
}

/// <summary>Queue numbers with a meaning of their own (<c>OFPQ_*</c>).</summary>
public static class QueueNumber
{
    /// <summary>All queues, in requests.</summary>
    public const uint All = 0xffffffff;
}

/// <summary>Meter numbers with a meaning of their own (OpenFlow 1.3.5 section 7.3.4.4, <c>OFPM_*</c>).</summary>
public static class MeterNumber
{
    /// <summary>Largest number of a meter; the smallest is 1.</summary>
    public const uint Maximum = 0xffff0000;

    /// <summary>The meter of packets that the switch's own slow path handles.</summary>
    public const uint SlowPath = 0xfffffffd;

    /// <summary>The meter of packets to the controller.</summary>
    public const uint Controller = 0xfffffffe;

    /// <summary>All meters, in deletions and requests.</summary>
    public const uint All = 0xffffffff;
}

/// <summary>Buffer numbers with a meaning of their own.</summary>
public static class BufferNumber
{
    /// <summary>The packet is not buffered on the switch (<c>OFP_NO_BUFFER</c>).</summary>
    public const uint None = 0xffffffff;
}

/// <summary>Lengths for output to the controller (<c>OFPCML_*</c>).</summary>
public static class ControllerLength
{
    /// <summary>Largest number of bytes that can be asked for.</summary>
    public const ushort Maximum = 0xffe5;

    /// <summary>The whole packet, without buffering it on the switch.</summary>
    public const ushort WholePacket = 0xffff;
}

/// <summary>Experimenter numbers that the codec knows.</summary>
public static class ExperimenterNumber
{
    /// <summary>Open Networking Foundation ("ONF\0"): bundles for 1.3, TCP flags.</summary>
    public const uint Onf = 0x4f4e4600;

    /// <summary>Nicira, Open vSwitch's extensions.</summary>
    public const uint Nicira = 0x00002320;
}
