using System.Runtime.InteropServices;
using Metron.Kernel.Native;

namespace Metron.Kernel.Bpf;

/// <summary>The system call bpf(2): its commands, and its attributes as offsets into one block (linux/bpf.h, union bpf_attr).</summary>
internal static unsafe class BpfSystemCall
{
    public const int MapCreate = 0;
    public const int MapLookup = 1;
    public const int MapUpdate = 2;
    public const int ProgramLoad = 5;
    public const int ProgramRun = 10;
    public const int Describe = 15;
    public const int MapLookupBatch = 24;
    public const int LinkCreate = 28;

    /// <summary>Bytes handed to the kernel. It takes more than it knows as long as the rest is zero.</summary>
    public const int AttributeBytes = 128;

    private static readonly nint s_number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 280,
        var other => throw new PlatformNotSupportedException($"the number of the system call bpf() on {other} is not known"),
    };

    /// <summary>Calls it, again when interrupted by the verifier's request to retry.</summary>
    /// <returns>A descriptor or 0; -1 on an error.</returns>
    public static int Call(int command, void* attributes)
    {
        const int Attempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            var result = (int)Libc.SystemCall(s_number, command, attributes, AttributeBytes);
            if (result >= 0 || attempt == Attempts || Marshal.GetLastPInvokeError() != Libc.TryAgain)
            {
                return result;
            }
        }
    }
}

/// <summary>union bpf_attr as bytes, zero where nothing was put. Fields are in the machine's byte order.</summary>
internal unsafe struct BpfAttributes
{
    private fixed byte _bytes[BpfSystemCall.AttributeBytes];

    /// <summary>Puts a 32-bit field.</summary>
    public void Put(int offset, uint value)
    {
        fixed (byte* bytes = _bytes)
        {
            *(uint*)(bytes + offset) = value;
        }
    }

    /// <summary>Puts a 64-bit field: an address mostly.</summary>
    public void Put(int offset, void* value)
    {
        fixed (byte* bytes = _bytes)
        {
            *(ulong*)(bytes + offset) = (ulong)value;
        }
    }

    /// <summary>Reads a 32-bit field.</summary>
    public readonly uint Get(int offset)
    {
        fixed (byte* bytes = _bytes)
        {
            return *(uint*)(bytes + offset);
        }
    }

    /// <summary>Puts a name of at most 15 characters (BPF_OBJ_NAME_LEN); longer ones are cut.</summary>
    public void PutName(int offset, string name)
    {
        fixed (byte* bytes = _bytes)
        {
            for (var index = 0; index < Math.Min(name.Length, 15); index++)
            {
                bytes[offset + index] = (byte)name[index];
            }
        }
    }

    /// <summary>Calls bpf().</summary>
    public int Call(int command)
    {
        fixed (byte* bytes = _bytes)
        {
            return BpfSystemCall.Call(command, bytes);
        }
    }
}
