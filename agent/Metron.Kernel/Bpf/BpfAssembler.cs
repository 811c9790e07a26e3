namespace Metron.Kernel.Bpf;

/// <summary>A place in a program that jumps lead to.</summary>
public sealed class BpfLabel
{
    internal int Position { get; set; } = -1;
}

/// <summary>
/// Writes an eBPF program (RFC 9669), instruction by instruction, with labels and references to maps. It checks ranges; whether the program
/// is safe says the kernel's verifier when it is loaded.
/// </summary>
public sealed class BpfAssembler
{
    private const byte LoadImmediateDouble = 0x18;
    private const byte ClassLoad = 0x01;
    private const byte ClassStoreImmediate = 0x02;
    private const byte ClassStore = 0x03;
    private const byte ClassArithmetic32 = 0x04;
    private const byte ClassJump = 0x05;
    private const byte ClassJump32 = 0x06;
    private const byte ClassArithmetic64 = 0x07;
    private const byte ModeMemory = 0x60;
    private const byte FromRegister = 0x08;
    private const byte ToBigEndian = 0xdc;
    private const byte SourceMap = 1;
    private const byte SourceMapValue = 2;

    private readonly List<BpfInstruction> _instructions = [];
    private readonly List<(int Position, BpfLabel Label)> _jumps = [];

    /// <summary>Number of instructions so far.</summary>
    public int Count => _instructions.Count;

    /// <summary>Puts a label here.</summary>
    public BpfAssembler Mark(BpfLabel label)
    {
        if (label.Position >= 0)
        {
            throw new InvalidOperationException("the label is put twice");
        }

        label.Position = Count;
        return this;
    }

    /// <summary>64-bit operation with a constant, which is extended with its sign.</summary>
    public BpfAssembler Do(BpfOperation operation, BpfRegister to, int value) => Emit((byte)(ClassArithmetic64 | (byte)operation), to, 0, 0, value);

    /// <summary>64-bit operation with a register.</summary>
    public BpfAssembler Do(BpfOperation operation, BpfRegister to, BpfRegister from) =>
        Emit((byte)(ClassArithmetic64 | FromRegister | (byte)operation), to, (byte)from, 0, 0);

    /// <summary>32-bit operation with a constant; the upper half becomes zero.</summary>
    public BpfAssembler Do32(BpfOperation operation, BpfRegister to, int value) => Emit((byte)(ClassArithmetic32 | (byte)operation), to, 0, 0, value);

    /// <summary>32-bit operation with a register; the upper half becomes zero.</summary>
    public BpfAssembler Do32(BpfOperation operation, BpfRegister to, BpfRegister from) =>
        Emit((byte)(ClassArithmetic32 | FromRegister | (byte)operation), to, (byte)from, 0, 0);

    /// <summary>Copies a constant.</summary>
    public BpfAssembler Move(BpfRegister to, int value) => Do(BpfOperation.Move, to, value);

    /// <summary>Copies a register.</summary>
    public BpfAssembler Move(BpfRegister to, BpfRegister from) => Do(BpfOperation.Move, to, from);

    /// <summary>Turns the low bits of a register from network byte order into the machine's, and back; the rest becomes zero.</summary>
    /// <param name="register">The register.</param>
    /// <param name="bits">16 or 32.</param>
    public BpfAssembler NetworkOrder(BpfRegister register, int bits) => Emit(ToBigEndian, register, 0, 0, bits);

    /// <summary>Reads memory.</summary>
    public BpfAssembler Load(BpfWidth width, BpfRegister to, BpfRegister from, int offset) =>
        Emit((byte)(ClassLoad | ModeMemory | (byte)width), to, (byte)from, checked((short)offset), 0);

    /// <summary>Writes memory.</summary>
    public BpfAssembler Store(BpfWidth width, BpfRegister to, int offset, BpfRegister from) =>
        Emit((byte)(ClassStore | ModeMemory | (byte)width), to, (byte)from, checked((short)offset), 0);

    /// <summary>Writes a constant to memory.</summary>
    public BpfAssembler Store(BpfWidth width, BpfRegister to, int offset, int value) =>
        Emit((byte)(ClassStoreImmediate | ModeMemory | (byte)width), to, 0, checked((short)offset), value);

    /// <summary>Goes on at a label.</summary>
    public BpfAssembler Jump(BpfLabel label) => EmitJump(ClassJump, 0, 0, 0, label);

    /// <summary>Goes on at a label if a 64-bit register and a constant compare so.</summary>
    public BpfAssembler JumpIf(BpfRegister left, BpfCondition condition, int right, BpfLabel label) =>
        EmitJump((byte)(ClassJump | (byte)condition), left, 0, right, label);

    /// <summary>Goes on at a label if two 64-bit registers compare so.</summary>
    public BpfAssembler JumpIf(BpfRegister left, BpfCondition condition, BpfRegister right, BpfLabel label) =>
        EmitJump((byte)(ClassJump | FromRegister | (byte)condition), left, (byte)right, 0, label);

    /// <summary>Goes on at a label if the lower half of a register and a constant compare so.</summary>
    public BpfAssembler JumpIf32(BpfRegister left, BpfCondition condition, int right, BpfLabel label) =>
        EmitJump((byte)(ClassJump32 | (byte)condition), left, 0, right, label);

    /// <summary>Calls a function of the kernel: arguments in R1-R5, result in R0.</summary>
    public BpfAssembler Call(BpfHelper helper) => Emit(0x85, 0, 0, 0, (int)helper);

    /// <summary>Ends the program with R0 as its result.</summary>
    public BpfAssembler Exit() => Emit(0x95, 0, 0, 0, 0);

    /// <summary>Loads a reference to a map, as helpers take it.</summary>
    public BpfAssembler LoadMap(BpfRegister to, BpfMap map) => EmitDouble(to, SourceMap, map.Descriptor, 0);

    /// <summary>Loads the address of the only value of an array.</summary>
    /// <param name="to">Register.</param>
    /// <param name="map">Map of kind <see cref="BpfMapKind.Array"/> with one entry.</param>
    public BpfAssembler LoadMapValue(BpfRegister to, BpfMap map) => EmitDouble(to, SourceMapValue, map.Descriptor, 0);

    /// <summary>The program, its jumps resolved.</summary>
    /// <exception cref="InvalidOperationException">A label was never put.</exception>
    public IReadOnlyList<BpfInstruction> Assemble()
    {
        var program = _instructions.ToArray();
        foreach (var (position, label) in _jumps)
        {
            if (label.Position < 0)
            {
                throw new InvalidOperationException($"the label that instruction {position} jumps to was never put");
            }

            program[position] = program[position] with { Offset = checked((short)(label.Position - position - 1)) };
        }

        return program;
    }

    private BpfAssembler EmitDouble(BpfRegister to, byte kind, int low, int high)
    {
        Emit(LoadImmediateDouble, to, kind, 0, low);
        return Emit(0, 0, 0, 0, high);
    }

    private BpfAssembler EmitJump(byte code, BpfRegister left, byte right, int value, BpfLabel label)
    {
        _jumps.Add((Count, label));
        return Emit(code, left, right, 0, value);
    }

    private BpfAssembler Emit(byte code, BpfRegister destination, byte source, short offset, int immediate)
    {
        _instructions.Add(new BpfInstruction(code, (byte)destination, source, offset, immediate));
        return this;
    }
}
