using System.Text;

namespace Metron.OpenFlow;

/// <summary>An action without arguments.</summary>
public abstract record SimpleAction : OpenFlowAction
{
    private protected SimpleAction()
    {
    }

    private protected abstract string Name { get; }

    internal sealed override void Append(StringBuilder text) => text.Append(Name);

    private protected sealed override void WriteBody(ref OpenFlowWriter writer) => writer.WriteZeros(4);
}

/// <summary>An action whose argument is an Ethernet type.</summary>
/// <param name="EtherType">Ethernet type of the header that is pushed or uncovered.</param>
public abstract record EtherTypeAction(ushort EtherType) : OpenFlowAction
{
    private protected abstract string Name { get; }

    internal sealed override void Append(StringBuilder text) => text.Append($"{Name}:0x{EtherType:x4}");

    private protected sealed override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.Write(EtherType);
        writer.WriteZeros(2);
    }
}

/// <summary>Pushes a VLAN tag (0x8100 or 0x88a8) as the outermost one.</summary>
public sealed record PushVlanAction(ushort EtherType = 0x8100) : EtherTypeAction(EtherType)
{
    private protected override ushort WireType => (ushort)ActionType.PushVlan;

    private protected override string Name => "push_vlan";
}

/// <summary>Removes the outermost VLAN tag.</summary>
public sealed record PopVlanAction : SimpleAction
{
    private protected override ushort WireType => (ushort)ActionType.PopVlan;

    private protected override string Name => "pop_vlan";
}

/// <summary>Pushes an MPLS label stack entry (0x8847 or 0x8848).</summary>
public sealed record PushMplsAction(ushort EtherType = 0x8847) : EtherTypeAction(EtherType)
{
    private protected override ushort WireType => (ushort)ActionType.PushMpls;

    private protected override string Name => "push_mpls";
}

/// <summary>Removes the outermost MPLS label stack entry; <c>EtherType</c> says what is below it.</summary>
public sealed record PopMplsAction(ushort EtherType) : EtherTypeAction(EtherType)
{
    private protected override ushort WireType => (ushort)ActionType.PopMpls;

    private protected override string Name => "pop_mpls";
}

/// <summary>Pushes a provider backbone bridging header (0x88e7).</summary>
public sealed record PushPbbAction(ushort EtherType = 0x88e7) : EtherTypeAction(EtherType)
{
    private protected override ushort WireType => (ushort)ActionType.PushPbb;

    private protected override string Name => "push_pbb";
}

/// <summary>Removes the provider backbone bridging header.</summary>
public sealed record PopPbbAction : SimpleAction
{
    private protected override ushort WireType => (ushort)ActionType.PopPbb;

    private protected override string Name => "pop_pbb";
}

/// <summary>Writes the IPv4 time to live or the IPv6 hop limit.</summary>
public sealed record SetNetworkTtlAction(byte TimeToLive) : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.SetNetworkTtl;

    internal override void Append(StringBuilder text) => text.Append("mod_nw_ttl:").Append(TimeToLive);

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.Write(TimeToLive);
        writer.WriteZeros(3);
    }
}

/// <summary>Decrements the IPv4 time to live or the IPv6 hop limit.</summary>
public sealed record DecrementNetworkTtlAction : SimpleAction
{
    private protected override ushort WireType => (ushort)ActionType.DecrementNetworkTtl;

    private protected override string Name => "dec_ttl";
}

/// <summary>Writes the MPLS time to live.</summary>
public sealed record SetMplsTtlAction(byte TimeToLive) : OpenFlowAction
{
    private protected override ushort WireType => (ushort)ActionType.SetMplsTtl;

    internal override void Append(StringBuilder text) => text.Append("set_mpls_ttl(").Append(TimeToLive).Append(')');

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.Write(TimeToLive);
        writer.WriteZeros(3);
    }
}

/// <summary>Decrements the MPLS time to live.</summary>
public sealed record DecrementMplsTtlAction : SimpleAction
{
    private protected override ushort WireType => (ushort)ActionType.DecrementMplsTtl;

    private protected override string Name => "dec_mpls_ttl";
}

/// <summary>Copies the time to live from the next-to-outermost to the outermost header.</summary>
public sealed record CopyTtlOutAction : SimpleAction
{
    private protected override ushort WireType => (ushort)ActionType.CopyTtlOut;

    private protected override string Name => "copy_ttl_out";
}

/// <summary>Copies the time to live from the outermost to the next-to-outermost header.</summary>
public sealed record CopyTtlInAction : SimpleAction
{
    private protected override ushort WireType => (ushort)ActionType.CopyTtlIn;

    private protected override string Name => "copy_ttl_in";
}
