using Metron.Kernel.Bpf;
using static Metron.Kernel.Bpf.BpfOperation;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Steering;

/// <summary>Reads a frame of XDP in place: R6 points to its network header, R8 behind its end.</summary>
internal sealed class XdpReader : PacketReader
{
    /// <inheritdoc/>
    public override void Copy(BpfAssembler code, int offset, int to, int count, BpfLabel missing)
    {
        code.Move(R2, R6).Do(Add, R2, offset + count).JumpIf(R2, BpfCondition.Greater, R8, missing);
        for (var done = 0; done < count; done += 4)
        {
            code.Load(BpfWidth.Word, R1, R6, offset + done).Store(BpfWidth.Word, R10, to + done, R1);
        }
    }

    /// <inheritdoc/>
    public override void CopyPorts(BpfAssembler code, int to, BpfLabel missing) => code
        .Move(R1, R6)
        .Do(And, R9, 63)
        .Do(Add, R1, R9)
        .Move(R2, R1)
        .Do(Add, R2, 4)
        .JumpIf(R2, BpfCondition.Greater, R8, missing)
        .Load(BpfWidth.Word, R1, R1, 0)
        .Store(BpfWidth.Word, R10, to, R1);
}

/// <summary>Reads a packet of a socket by a function of the kernel: R7 points to the skb, <paramref name="skipped"/> bytes lie in front of IP.</summary>
internal sealed class SocketReader(int skipped) : PacketReader
{
    private const int FromNetworkHeader = 1;

    /// <inheritdoc/>
    public override void Copy(BpfAssembler code, int offset, int to, int count, BpfLabel missing) =>
        Call(code.Move(R2, offset + skipped), to, count, missing);

    /// <inheritdoc/>
    public override void CopyPorts(BpfAssembler code, int to, BpfLabel missing) =>
        Call(code.Move(R2, R9).Do(Add, R2, skipped), to, 4, missing);

    // Offset in R2. When the packet is too short, the helper fills what it was given with zeros: no ports.
    private static void Call(BpfAssembler code, int to, int count, BpfLabel missing) => code
        .Move(R1, R7)
        .Move(R3, R10)
        .Do(Add, R3, to)
        .Move(R4, count)
        .Move(R5, FromNetworkHeader)
        .Call(BpfHelper.LoadBytesRelative)
        .JumpIf(R0, BpfCondition.NotEqual, 0, missing);
}
