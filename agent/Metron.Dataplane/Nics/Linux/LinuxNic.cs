using Metron.Kernel;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Sockets;
using Metron.Kernel.Steering;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Nics.Linux;

/// <summary>
/// Any interface of Linux as a NIC: packet sockets of a fan-out group are its queues, an eBPF program with the Toeplitz hash and an array as
/// indirection table chooses among them. The kernel's software RSS, without DPDK's drivers. Everything is gone with the process.
/// </summary>
/// <remarks>
/// Positions are upper bounds: after the entry has been written, the kernel is waited for until no packet is under way that was steered by the old value
/// (<see cref="KernelBarrier"/>), and only then the old queue's count of packets is read. Packets that other flow groups put into the queue
/// meanwhile count, too. A write takes about 10 to 30 ms for that, whatever the number of changes.
/// </remarks>
public sealed class LinuxNic : INic, IDisposable
{
    /// <summary>Most queues.</summary>
    public const int MostQueues = 64;

    private static readonly byte[] s_portProtocols = [6, 17]; // TCP and UDP: as FrameHash

    private readonly Lock _control = new();
    private readonly LinuxNicOptions _options;
    private readonly SteeringProgram _program;
    private readonly PacketRing[] _rings;
    private readonly LinuxQueue.State[] _queues;

    private LinuxNic(NetworkLink link, LinuxNicOptions options, SteeringProgram program, PacketRing[] rings)
    {
        (_options, _program, _rings) = (options, program, rings);
        Hash = new FrameHash(new Toeplitz(options.HashKey.Span), HashTypes.All);
        _queues = [.. rings.Select(ring => new LinuxQueue.State(ring, PacketSender.Create(link), options.Pool, Hash))];
    }

    /// <inheritdoc/>
    public string Kind => "linux";

    /// <inheritdoc/>
    public int Queues => _rings.Length;

    /// <inheritdoc/>
    public int IndirectionSize => _options.IndirectionSize;

    /// <summary>How the program hashes.</summary>
    public FrameHash Hash { get; }

    /// <summary>Packets per flow group, counted by the kernel as they arrived.</summary>
    public GroupCounts ReadGroups()
    {
        lock (_control)
        {
            return _program.Counters.Read();
        }
    }

    /// <summary>Opens the interface. Packets are received from then on.</summary>
    /// <param name="options">Options.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="NicException">There is no such interface, or the kernel refuses something; the message says what to do.</exception>
    public static LinuxNic Open(LinuxNicOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)(options.Queues - 1), (uint)(MostQueues - 1), nameof(options));
        var opened = new List<IDisposable>();
        try
        {
            var link = NetworkLink.Find(options.Interface);
            var queues = Enumerable.Range(0, options.IndirectionSize).Select(entry => (ushort)(entry % options.Queues)).ToArray();
            var hash = new FlowHash.Toeplitz(options.HashKey) { PortProtocols4 = s_portProtocols, PortProtocols6 = s_portProtocols };
            var program = SteeringProgram.ToQueues(hash, queues);
            opened.Add(program);
            var rings = new PacketRing[options.Queues];
            int? group = null;
            for (var queue = 0; queue < rings.Length; queue++)
            {
                opened.Add(rings[queue] = PacketRing.Create(link, options.Ring));
                group = rings[queue].Join(group, program.Program);
            }

            if (options.IsPromiscuous)
            {
                rings[0].ReceiveAll();
            }

            // What came before was steered over fewer queues: it stays outside.
            var nic = new LinuxNic(link, options, program, rings);
            opened.Add(nic);
            KernelBarrier.Wait();
            Array.ForEach(rings, ring => ring.Open());
            return nic;
        }
        catch (Exception refused)
        {
            opened.ForEach(each => each.Dispose());
            throw refused is KernelException ? new NicException(refused.Message, refused) : refused;
        }
    }

    /// <summary>The port of a worker.</summary>
    /// <param name="queue">Number of the queue; each is used by one worker.</param>
    public LinuxQueue GetQueue(int queue) => new(_queues[queue]);

    /// <summary>What the kernel did with a queue since the start.</summary>
    public PacketRingStatistics ReadStatistics(int queue)
    {
        lock (_control)
        {
            return _rings[queue].ReadStatistics();
        }
    }

    /// <inheritdoc/>
    public void ReadIndirection(Span<ushort> queues)
    {
        lock (_control)
        {
            for (var entry = 0; entry < IndirectionSize; entry++)
            {
                queues[entry] = Read(entry);
            }
        }
    }

    /// <inheritdoc/>
    public void WriteIndirection(ReadOnlySpan<IndirectionChange> changes, Span<ulong> positions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions.Length, changes.Length, nameof(positions));
        lock (_control)
        {
            var old = new ushort[changes.Length];
            for (var index = 0; index < changes.Length; index++)
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)changes[index].Entry, (uint)IndirectionSize, nameof(changes));
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(changes[index].Queue, Queues, nameof(changes));
                old[index] = Read(changes[index].Entry);
            }

            Write(changes);
            for (var index = 0; index < changes.Length; index++)
            {
                positions[index] = _rings[old[index]].ReadStatistics().Received;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_queues, queue => queue.Dispose());
        Array.ForEach(_rings, ring => ring.Dispose());
        _program.Dispose();
    }

    private void Write(ReadOnlySpan<IndirectionChange> changes)
    {
        try
        {
            foreach (var change in changes)
            {
                _program.Queues!.Write(change.Entry, change.Queue);
            }

            KernelBarrier.Wait();
        }
        catch (KernelException refused)
        {
            throw new NicException(refused.Message, refused);
        }

        // A later change of the same entry wins.
        for (var index = changes.Length - 1; index >= 0; index--)
        {
            var (entry, wanted) = changes[index];
            var found = Read(entry);
            if (found != wanted && changes[(index + 1)..].ToArray().All(later => later.Entry != entry))
            {
                throw new NicException(entry, wanted, found);
            }
        }
    }

    private ushort Read(int entry)
    {
        try
        {
            return _program.Queues!.Read(entry);
        }
        catch (KernelException refused)
        {
            throw new NicException(refused.Message, refused);
        }
    }
}
