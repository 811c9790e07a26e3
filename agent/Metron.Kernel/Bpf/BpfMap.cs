using System.Runtime.InteropServices;
using Metron.Kernel.Native;

namespace Metron.Kernel.Bpf;

/// <summary>Kinds of maps (linux/bpf.h, enum bpf_map_type).</summary>
public enum BpfMapKind
{
    /// <summary>An array shared by all CPUs.</summary>
    Array = 2,

    /// <summary>An array of which each CPU has its own.</summary>
    PerCpuArray = 6,

    /// <summary>CPUs to which XDP hands frames, each with a queue.</summary>
    CpuMap = 16,
}

/// <summary>
/// A map of eBPF whose keys are numbers from 0 on. It lives as long as this object, or a loaded program that uses it. Safe to use from several
/// threads; each entry is read and written on its own.
/// </summary>
public sealed unsafe class BpfMap : IDisposable
{
    private readonly Descriptor _descriptor;
    private readonly string _name;

    private BpfMap(Descriptor descriptor, string name, BpfMapKind kind, int valueBytes, int entries)
    {
        _descriptor = descriptor;
        _name = name;
        (Kind, ValueBytes, Entries) = (kind, valueBytes, entries);
    }

    /// <summary>Its kind.</summary>
    public BpfMapKind Kind { get; }

    /// <summary>Bytes of a value.</summary>
    public int ValueBytes { get; }

    /// <summary>Number of entries.</summary>
    public int Entries { get; }

    /// <summary>Bytes that <see cref="Read"/> gives: those of a value, for a per-CPU map those of all possible CPUs, each rounded up to 8.</summary>
    public int ReadBytes => Kind == BpfMapKind.PerCpuArray ? (ValueBytes + 7) / 8 * 8 * PossibleCpus.Count : ValueBytes;

    /// <summary>Its file descriptor.</summary>
    internal int Descriptor => _descriptor.Number;

    /// <summary>The kernel's number for it, shown by bpftool; 0 when it does not tell.</summary>
    public int ReadId()
    {
        var description = stackalloc uint[2]; // struct bpf_map_info: type, id
        var attributes = default(BpfAttributes);
        attributes.Put(0, (uint)Descriptor);
        attributes.Put(4, 2 * sizeof(uint));
        attributes.Put(8, description);
        return attributes.Call(BpfSystemCall.Describe) == 0 ? (int)description[1] : 0;
    }

    /// <summary>Makes a map, all of whose values are zero.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">At most 15 characters, shown by bpftool.</param>
    /// <param name="valueBytes">Bytes of a value.</param>
    /// <param name="entries">Number of entries.</param>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public static BpfMap Create(BpfMapKind kind, string name, int valueBytes, int entries)
    {
        var attributes = default(BpfAttributes);
        attributes.Put(0, (uint)kind);
        attributes.Put(4, sizeof(uint));
        attributes.Put(8, (uint)valueBytes);
        attributes.Put(12, (uint)entries);
        attributes.PutName(28, name);
        var descriptor = attributes.Call(BpfSystemCall.MapCreate);
        return descriptor >= 0
            ? new BpfMap(new Descriptor(descriptor), name, kind, valueBytes, entries)
            : throw KernelException.Last($"make the eBPF map {name} ({kind}, {entries} entries of {valueBytes} bytes)", "bpf(BPF_MAP_CREATE)");
    }

    /// <summary>Writes an entry. A 4-byte value changes at once; of a longer one a program may see a part.</summary>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public void Write(int key, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(value.Length, ReadBytes, nameof(value));
        fixed (byte* bytes = value)
        {
            if (Access(BpfSystemCall.MapUpdate, key, bytes) != 0)
            {
                throw KernelException.Last($"write entry {key} of the eBPF map {_name}", "bpf(BPF_MAP_UPDATE_ELEM)");
            }
        }
    }

    /// <summary>Writes an entry whose value is a number of 32 bits.</summary>
    public void Write(int key, uint value) => Write(key, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));

    /// <summary>Reads an entry.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">Room for <see cref="ReadBytes"/> bytes.</param>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public void Read(int key, Span<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(value.Length, ReadBytes, nameof(value));
        fixed (byte* bytes = value)
        {
            if (Access(BpfSystemCall.MapLookup, key, bytes) != 0)
            {
                throw KernelException.Last($"read entry {key} of the eBPF map {_name}", "bpf(BPF_MAP_LOOKUP_ELEM)");
            }
        }
    }

    /// <summary>Reads an entry whose value is a number of 32 bits.</summary>
    public uint ReadNumber(int key)
    {
        uint value = 0;
        Read(key, MemoryMarshal.AsBytes(new Span<uint>(ref value)));
        return value;
    }

    /// <summary>Reads an entry whose value is a number of 32 bits; 0 where a map of CPUs has none.</summary>
    public uint ReadNumberOrZero(int key)
    {
        uint value = 0;
        return Access(BpfSystemCall.MapLookup, key, (byte*)&value) == 0 || Marshal.GetLastPInvokeError() == Libc.NoEntry
            ? value
            : throw KernelException.Last($"read entry {key} of the eBPF map {_name}", "bpf(BPF_MAP_LOOKUP_ELEM)");
    }

    /// <summary>Reads all entries, by one system call where the kernel can (5.6; per-CPU 5.13), else one by one.</summary>
    /// <param name="values">Room for <see cref="ReadBytes"/> bytes per entry.</param>
    public void ReadAll(Span<byte> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, ReadBytes * Entries, nameof(values));
        if (TryReadBatch(values))
        {
            return;
        }

        for (var key = 0; key < Entries; key++)
        {
            Read(key, values.Slice(key * ReadBytes, ReadBytes));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private bool TryReadBatch(Span<byte> values)
    {
        var keys = new uint[Entries];
        ulong next = 0;
        fixed (byte* bytes = values)
        fixed (uint* keyBytes = keys)
        {
            var attributes = default(BpfAttributes);
            attributes.Put(8, &next);
            attributes.Put(16, keyBytes);
            attributes.Put(24, bytes);
            attributes.Put(32, (uint)Entries);
            attributes.Put(36, (uint)Descriptor);
            var result = attributes.Call(BpfSystemCall.MapLookupBatch);

            // ENOENT says that the end was reached, with what came before it.
            return attributes.Get(32) == (uint)Entries && (result == 0 || Marshal.GetLastPInvokeError() == Libc.NoEntry);
        }
    }

    private int Access(int command, int key, byte* value)
    {
        var number = (uint)key;
        var attributes = default(BpfAttributes);
        attributes.Put(0, (uint)Descriptor);
        attributes.Put(8, &number);
        attributes.Put(16, value);
        return attributes.Call(command);
    }
}
