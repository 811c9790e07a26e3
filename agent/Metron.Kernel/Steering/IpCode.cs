using Metron.Kernel.Bpf;
using static Metron.Kernel.Bpf.BpfCondition;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Steering;

/// <summary>Reads bytes of the packet, from its network header on, onto the stack.</summary>
internal abstract class PacketReader
{
    /// <summary>Writes instructions that copy bytes of the packet. R1-R5 and R0 are lost.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="offset">Bytes behind the network header.</param>
    /// <param name="to">Where on the stack.</param>
    /// <param name="count">Number of bytes, divisible by 4.</param>
    /// <param name="missing">Where to go on when the packet is shorter.</param>
    public abstract void Copy(BpfAssembler code, int offset, int to, int count, BpfLabel missing);

    /// <summary>Writes instructions that copy 4 bytes at the network header plus R9, which is 20 to 60.</summary>
    public abstract void CopyPorts(BpfAssembler code, int to, BpfLabel missing);
}

/// <summary>Writes the instructions that parse IP into <see cref="TupleLayout"/>, hash it and leave the flow group in R9.</summary>
internal sealed class IpCode(BpfAssembler code, PacketReader reader, FlowHash hash, BpfMap? table, int groups)
{
    private const int FragmentBits = 0x3fff;
    private const int FragmentHeader = 44;

    /// <summary>Writes them for IPv4.</summary>
    /// <param name="strange">Where to go on when the packet is none.</param>
    /// <param name="grouped">Where to go on with the flow group in R9.</param>
    public void WriteIpv4(BpfLabel strange, BpfLabel grouped)
    {
        var hashed = new BpfLabel();
        reader.Copy(code, 0, TupleLayout.Header, 20, strange);
        code.Load(BpfWidth.Byte, R9, R10, TupleLayout.Header)
            .Move(R1, R9)
            .Do(BpfOperation.ShiftRight, R1, 4)
            .JumpIf(R1, NotEqual, 4, strange)
            .Do(BpfOperation.And, R9, 15)
            .Do(BpfOperation.ShiftLeft, R9, 2);
        CopyOnStack(TupleLayout.Header + 12, TupleLayout.Start, 8);
        WriteNoPorts(4);
        code.JumpIf(R9, Less, 20, hashed)
            .Load(BpfWidth.Half, R1, R10, TupleLayout.Header + 6)
            .NetworkOrder(R1, 16)
            .JumpIf(R1, AnyBit, FragmentBits, hashed)
            .Load(BpfWidth.Byte, R1, R10, TupleLayout.Header + 9);
        WritePorts(4, hash.PortProtocols4, hashed);
        WriteGroup(4, hashed, grouped);
    }

    /// <summary>Writes them for IPv6.</summary>
    public void WriteIpv6(BpfLabel strange, BpfLabel grouped)
    {
        var hashed = new BpfLabel();
        reader.Copy(code, 0, TupleLayout.Header, 8, strange);
        code.Load(BpfWidth.Byte, R1, R10, TupleLayout.Header)
            .Do(BpfOperation.ShiftRight, R1, 4)
            .JumpIf(R1, NotEqual, 6, strange);
        reader.Copy(code, 8, TupleLayout.Start, 32, strange);
        WriteNoPorts(6);
        code.Load(BpfWidth.Byte, R1, R10, TupleLayout.Header + 6)
            .JumpIf(R1, Equal, FragmentHeader, hashed)
            .Move(R9, 40);
        WritePorts(6, hash.PortProtocols6, hashed);
        WriteGroup(6, hashed, grouped);
    }

    private void CopyOnStack(int from, int to, int count)
    {
        for (var offset = 0; offset < count; offset += 4)
        {
            code.Load(BpfWidth.Word, R1, R10, from + offset).Store(BpfWidth.Word, R10, to + offset, R1);
        }
    }

    private void WriteNoPorts(int family) => code
        .Store(BpfWidth.Word, R10, TupleLayout.Ports(family), 0)
        .Store(BpfWidth.Word, R10, TupleLayout.Protocol, 0);

    // R1 holds the protocol. A packet that ends before its ports keeps zero ports.
    private void WritePorts(int family, IReadOnlyList<byte> protocols, BpfLabel hashed)
    {
        var ports = new BpfLabel();
        code.Store(BpfWidth.Word, R10, TupleLayout.Protocol, R1);
        foreach (var protocol in protocols)
        {
            code.JumpIf(R1, Equal, protocol, ports);
        }

        code.Jump(hashed).Mark(ports);
        reader.CopyPorts(code, TupleLayout.Ports(family), hashed);
    }

    private void WriteGroup(int family, BpfLabel hashed, BpfLabel grouped)
    {
        code.Mark(hashed);
        HashCode.Write(code, hash, family, table);
        code.Move(R9, R0).Do32(BpfOperation.And, R9, groups - 1).Jump(grouped);
    }
}
