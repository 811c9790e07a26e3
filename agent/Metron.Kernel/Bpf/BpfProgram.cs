using System.Runtime.InteropServices;
using System.Text;
using Metron.Kernel.Native;

namespace Metron.Kernel.Bpf;

/// <summary>Kinds of programs (linux/bpf.h, enum bpf_prog_type).</summary>
public enum BpfProgramKind
{
    /// <summary>Run for packets of a socket or a fan-out group.</summary>
    SocketFilter = 1,

    /// <summary>Run for each frame that a driver receives, before all else.</summary>
    Xdp = 6,
}

/// <summary>A program that the kernel has verified and loaded. It lives as long as this object, or something that it is attached to.</summary>
public sealed unsafe class BpfProgram : IDisposable
{
    private const int LogBytes = 1 << 20;
    private const int LogTail = 2000;
    private readonly Descriptor _descriptor;

    private BpfProgram(Descriptor descriptor) => _descriptor = descriptor;

    /// <summary>Its file descriptor.</summary>
    internal int Descriptor => _descriptor.Number;

    /// <summary>Loads a program.</summary>
    /// <param name="kind">Where it will run.</param>
    /// <param name="name">At most 15 characters, shown by bpftool and ip.</param>
    /// <param name="instructions">The program.</param>
    /// <exception cref="KernelException">The kernel refuses it; the message ends with what its verifier said.</exception>
    public static BpfProgram Load(BpfProgramKind kind, string name, IReadOnlyList<BpfInstruction> instructions)
    {
        var code = instructions.Select(instruction => instruction.Encode()).ToArray();
        var license = "Apache-2.0\0"u8;
        fixed (ulong* codeBytes = code)
        fixed (byte* licenseBytes = license)
        {
            var attributes = default(BpfAttributes);
            attributes.Put(0, (uint)kind);
            attributes.Put(4, (uint)code.Length);
            attributes.Put(8, codeBytes);
            attributes.Put(16, licenseBytes);
            attributes.PutName(48, name);
            var descriptor = attributes.Call(BpfSystemCall.ProgramLoad);
            return descriptor >= 0 ? new BpfProgram(new Descriptor(descriptor)) : throw Refused(kind, name, attributes, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Runs the program once on a frame, as if it had been received (BPF_PROG_TEST_RUN). Nothing is redirected; maps are used as ever.</summary>
    /// <param name="frame">The frame from its Ethernet header on, at least 14 bytes.</param>
    /// <returns>The program's result.</returns>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public int Run(ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame)
        {
            var attributes = default(BpfAttributes);
            attributes.Put(0, (uint)Descriptor);
            attributes.Put(8, (uint)frame.Length);
            attributes.Put(16, bytes);
            return attributes.Call(BpfSystemCall.ProgramRun) == 0
                ? (int)attributes.Get(4)
                : throw KernelException.Last($"run an eBPF program on a frame of {frame.Length} bytes", "bpf(BPF_PROG_TEST_RUN)");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    // Loaded again only to hear why: with a log the verifier is slower.
    private static KernelException Refused(BpfProgramKind kind, string name, BpfAttributes attributes, int errno)
    {
        var log = new byte[LogBytes];
        fixed (byte* logBytes = log)
        {
            attributes.Put(24, 1u);
            attributes.Put(28, LogBytes);
            attributes.Put(32, logBytes);
            var descriptor = attributes.Call(BpfSystemCall.ProgramLoad);
            if (descriptor >= 0)
            {
                _ = Libc.Close(descriptor);
            }
        }

        var end = Array.IndexOf(log, (byte)0);
        var text = Encoding.UTF8.GetString(log, 0, Math.Max(end, 0)).Trim();
        var verdict = text.Length == 0 ? null : $"the verifier of this kernel ({Environment.OSVersion.Version}) says:\n{text[Math.Max(0, text.Length - LogTail)..]}";
        return new KernelException($"load the eBPF program {name} ({kind})", "bpf(BPF_PROG_LOAD)", errno, verdict);
    }
}
