using Metron.Kernel.Bpf;
using static Metron.Kernel.Bpf.BpfOperation;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Steering;

/// <summary>Writes the instructions that hash what <see cref="TupleLayout"/> holds. Result in R0, 32 bits; R1-R4 are lost.</summary>
internal static class HashCode
{
    // How far the base moves at once: offsets of loads reach 32767 bytes.
    private const int PositionsPerBase = 16;

    /// <summary>Writes them.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="hash">Which hash.</param>
    /// <param name="family">4 or 6.</param>
    /// <param name="table">Bytes' parts of a Toeplitz hash; null for the symmetric one.</param>
    public static void Write(BpfAssembler code, FlowHash hash, int family, BpfMap? table)
    {
        if (hash is FlowHash.Toeplitz)
        {
            WriteToeplitz(code, family, table!);
        }
        else
        {
            WriteSymmetric(code, family);
        }
    }

    private static void WriteToeplitz(BpfAssembler code, int family, BpfMap table)
    {
        var bytes = 2 * TupleLayout.AddressBytes(family) + 4;
        code.Move(R0, 0).LoadMapValue(R1, table);
        for (var position = 0; position < bytes; position++)
        {
            if (position > 0 && position % PositionsPerBase == 0)
            {
                code.Do(Add, R1, PositionsPerBase * 256 * sizeof(uint));
            }

            code.Load(BpfWidth.Byte, R2, R10, TupleLayout.Start + position)
                .Do(ShiftLeft, R2, 2)
                .Move(R3, R1)
                .Do(Add, R3, R2)
                .Load(BpfWidth.Word, R4, R3, position % PositionsPerBase * 256 * sizeof(uint))
                .Do32(ExclusiveOr, R0, R4);
        }
    }

    private static void WriteSymmetric(BpfAssembler code, int family)
    {
        var bytes = TupleLayout.AddressBytes(family);
        code.Load(BpfWidth.Word, R0, R10, TupleLayout.Protocol)
            .Do32(ExclusiveOr, R0, unchecked((int)FlowHash.Symmetric.Seed));
        for (var offset = 0; offset < bytes; offset += 4)
        {
            code.Load(BpfWidth.Word, R1, R10, TupleLayout.Start + offset).NetworkOrder(R1, 32)
                .Load(BpfWidth.Word, R2, R10, TupleLayout.Start + bytes + offset).NetworkOrder(R2, 32);
            WriteStep(code);
        }

        var ports = TupleLayout.Ports(family);
        code.Load(BpfWidth.Half, R1, R10, ports).NetworkOrder(R1, 16)
            .Load(BpfWidth.Half, R2, R10, ports + 2).NetworkOrder(R2, 16);
        WriteStep(code);
    }

    // R0 is the hash so far, R1 and R2 are the fields of both directions: see FlowHash.Symmetric.Step.
    private static void WriteStep(BpfAssembler code) => code
        .Move(R3, R1)
        .Do32(Add, R3, R2)
        .Do32(ExclusiveOr, R0, R3)
        .Do32(Multiply, R0, unchecked((int)FlowHash.Symmetric.First))
        .Move(R3, R0)
        .Do32(ShiftRight, R3, 15)
        .Do32(ExclusiveOr, R0, R3)
        .Do32(ExclusiveOr, R0, R1)
        .Do32(ExclusiveOr, R0, R2)
        .Do32(Multiply, R0, unchecked((int)FlowHash.Symmetric.Second))
        .Move(R3, R0)
        .Do32(ShiftRight, R3, 13)
        .Do32(ExclusiveOr, R0, R3);
}
