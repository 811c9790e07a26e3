using Metron.Kernel.Bpf;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Tests;

public sealed class BpfAssemblerTests
{
    /// <summary>Expected bytes as llvm-objdump prints them for the same instructions.</summary>
    [Fact]
    public void Instructions_are_encoded_as_compilers_do()
    {
        var over = new BpfLabel();
        var code = new BpfAssembler()
            .Move(R0, 2)
            .Move(R6, R1)
            .Do32(BpfOperation.ExclusiveOr, R0, R4)
            .Load(BpfWidth.Half, R3, R7, 12)
            .Store(BpfWidth.Double, R10, -16, R2)
            .Store(BpfWidth.Word, R10, -4, 7)
            .NetworkOrder(R1, 16)
            .JumpIf(R2, BpfCondition.Greater, R8, over)
            .JumpIf32(R7, BpfCondition.Equal, -1, over)
            .Call(BpfHelper.MapLookup)
            .Mark(over)
            .Exit();
        Assert.Equal(
            [
                "b700000002000000",
                "bf16000000000000",
                "ac40000000000000",
                "69730c0000000000",
                "7b2af0ff00000000",
                "620afcff07000000",
                "dc01000010000000",
                "2d82020000000000",
                "16070100ffffffff",
                "8500000001000000",
                "9500000000000000",
            ],
            code.Assemble().Select(instruction => Convert.ToHexStringLower(BitConverter.GetBytes(instruction.Encode()))));
    }

    [Fact]
    public void A_jump_may_lead_backwards()
    {
        var start = new BpfLabel();
        var program = new BpfAssembler().Mark(start).Move(R0, 0).Jump(start).Assemble();
        Assert.Equal(-2, program[1].Offset);
    }

    [Fact]
    public void A_label_that_is_missing_or_put_twice_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => new BpfAssembler().Jump(new BpfLabel()).Assemble());
        var label = new BpfLabel();
        Assert.Throws<InvalidOperationException>(() => new BpfAssembler().Mark(label).Mark(label));
    }

    [KernelFact]
    public void A_refused_program_says_what_the_verifier_says()
    {
        var code = new BpfAssembler().Load(BpfWidth.Word, R0, R1, 0).Load(BpfWidth.Word, R0, R0, 0).Exit().Assemble();
        var refused = Assert.Throws<KernelException>(() => BpfProgram.Load(BpfProgramKind.Xdp, "wrong", code).Dispose());
        Assert.Contains("bpf(BPF_PROG_LOAD)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("invalid access to packet", refused.Message, StringComparison.Ordinal);
    }
}
