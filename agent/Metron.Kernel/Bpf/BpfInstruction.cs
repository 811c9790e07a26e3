namespace Metron.Kernel.Bpf;

/// <summary>Registers: R0 holds results, R1-R5 arguments (lost in calls), R6-R9 stay, R10 points behind the stack of 512 bytes.</summary>
public enum BpfRegister : byte
{
#pragma warning disable CS1591, SA1602 // The names of the registers say it all.
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10,
#pragma warning restore CS1591, SA1602
}

/// <summary>Widths of loads and stores, by their code in the instruction.</summary>
public enum BpfWidth : byte
{
    /// <summary>32 bits.</summary>
    Word = 0x00,

    /// <summary>16 bits.</summary>
    Half = 0x08,

    /// <summary>8 bits.</summary>
    Byte = 0x10,

    /// <summary>64 bits.</summary>
    Double = 0x18,
}

/// <summary>Operations on registers, by their code in the instruction.</summary>
public enum BpfOperation : byte
{
    /// <summary>Addition.</summary>
    Add = 0x00,

    /// <summary>Subtraction.</summary>
    Subtract = 0x10,

    /// <summary>Multiplication, low bits.</summary>
    Multiply = 0x20,

    /// <summary>Bitwise or.</summary>
    Or = 0x40,

    /// <summary>Bitwise and.</summary>
    And = 0x50,

    /// <summary>Shift to the left.</summary>
    ShiftLeft = 0x60,

    /// <summary>Shift to the right, zeros follow.</summary>
    ShiftRight = 0x70,

    /// <summary>Bitwise exclusive or.</summary>
    ExclusiveOr = 0xa0,

    /// <summary>Copy.</summary>
    Move = 0xb0,
}

/// <summary>Conditions of jumps, by their code in the instruction.</summary>
public enum BpfCondition : byte
{
    /// <summary>Equal.</summary>
    Equal = 0x10,

    /// <summary>Greater, unsigned.</summary>
    Greater = 0x20,

    /// <summary>Greater or equal, unsigned.</summary>
    GreaterOrEqual = 0x30,

    /// <summary>Some bit of both is set.</summary>
    AnyBit = 0x40,

    /// <summary>Not equal.</summary>
    NotEqual = 0x50,

    /// <summary>Less, unsigned.</summary>
    Less = 0xa0,

    /// <summary>Less, signed.</summary>
    LessSigned = 0xc0,
}

/// <summary>Functions of the kernel that programs may call (linux/bpf.h, __BPF_FUNC_MAPPER).</summary>
public enum BpfHelper
{
    /// <summary>(map, key*) → value* or 0.</summary>
    MapLookup = 1,

    /// <summary>() → nanoseconds since the machine started (CLOCK_MONOTONIC).</summary>
    Nanoseconds = 5,

    /// <summary>() → number of the CPU that it runs on.</summary>
    ProcessorId = 8,

    /// <summary>(map, key, flags) → action of XDP.</summary>
    RedirectMap = 51,

    /// <summary>(skb, offset, to*, length, from) → 0, or an error when the packet is shorter.</summary>
    LoadBytesRelative = 68,
}

/// <summary>One instruction of eBPF (RFC 9669, section 3).</summary>
/// <param name="Code">Class, source and operation.</param>
/// <param name="Destination">Register written to.</param>
/// <param name="Source">Register read from, or a mark of what <paramref name="Immediate"/> is.</param>
/// <param name="Offset">Bytes from the base register, or instructions to jump over.</param>
/// <param name="Immediate">Constant.</param>
public readonly record struct BpfInstruction(byte Code, byte Destination, byte Source, short Offset, int Immediate)
{
    /// <summary>As the kernel reads it on a machine of little byte order.</summary>
    public ulong Encode() => Code | (ulong)(Destination & 15) << 8 | (ulong)(Source & 15) << 12 | (ulong)(ushort)Offset << 16 | (ulong)(uint)Immediate << 32;
}
