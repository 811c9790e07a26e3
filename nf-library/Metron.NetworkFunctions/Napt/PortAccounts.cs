using System.Numerics;
using Metron.NetworkFunctions.Hashing;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <summary>How ports are given to inside hosts.</summary>
/// <param name="First">First port to use.</param>
/// <param name="Last">Last port to use.</param>
/// <param name="BlockSize">Ports per block, a power of two; 0 gives single ports.</param>
/// <param name="MaximumPerHost">Most blocks, or ports without blocks, of one inside address on this worker; 0 for no limit.</param>
internal readonly record struct PortLayout(int First, int Last, int BlockSize, int MaximumPerHost)
{
    /// <summary>From a configuration.</summary>
    public static PortLayout From(NaptConfiguration configuration) => new(
        configuration.OutsidePorts.First, configuration.OutsidePorts.Last, configuration.PortBlockSize, configuration.MaxBlocksPerHost);
}

/// <summary>Who wants a port.</summary>
/// <param name="Inside">Inside address.</param>
/// <param name="IsV6">Whether it is IPv6.</param>
/// <param name="Space">Outside address and protocol.</param>
/// <param name="Port">Inside port: the search begins there.</param>
/// <param name="Mask">2^k - 1: the low bits in which the outside port must be like the inside port.</param>
internal readonly record struct PortRequest(UInt128 Inside, bool IsV6, PortSpace Space, ushort Port, int Mask)
{
    /// <summary>Bits of the mask in which the outside port must differ after all.</summary>
    public int Flip { get; init; }

    /// <summary>Which ports add what to the flow group of replies; null where tags name it.</summary>
    public PortCosets? Cosets { get; init; }

    /// <summary>What the outside port must add to the flow group of replies.</summary>
    public int Part { get; init; }

    /// <summary>The outside ports that will do.</summary>
    public PortFit Fit => new(Mask, (Port & Mask) ^ Flip, Cosets, Part);
}

/// <summary>
/// Takes ports from <see cref="OutsidePorts"/>, one by one or in blocks, and counts what each inside host has. A block is aligned to its
/// size, belongs to one host for all protocols, and goes back when its last port does. The search for a block begins where the inside
/// address says, so that the workers of a chain, who share nothing, mostly give a host the same block; each of them uses only ports of it
/// that steer to itself.
/// </summary>
internal sealed class PortAccounts(PortLayout layout, OutsidePorts ports)
{
    private const int StrayAttempts = 256;
    private static readonly byte[] Protocols = [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.IcmpV6];

    private readonly int _blockBits = BitOperations.Log2((uint)Math.Max(1, layout.BlockSize));
    private readonly Slab<Host> _hosts = new(int.MaxValue);
    private readonly HashIndex _hostIndex = new();
    private readonly Slab<Block> _blocks = new(int.MaxValue);
    private readonly OutsidePorts _blockNumbers = new();

    /// <summary>How ports are given.</summary>
    public PortLayout Layout => layout;

    /// <summary>Number of blocks given to hosts.</summary>
    public int BlockCount => _blocks.Count;

    /// <summary>Takes a port.</summary>
    /// <param name="request">Who wants it.</param>
    /// <param name="owner">What to give to <see cref="Release"/>.</param>
    /// <returns>The port; -1 when none is free, or the host has all it may have.</returns>
    public int Take(in PortRequest request, out int owner)
    {
        owner = -1;
        if (layout.BlockSize == 0 && layout.MaximumPerHost == 0)
        {
            return ports.Take(request.Space, layout.First, layout.Last, request.Port, request.Fit);
        }

        var host = FindOrAddHost(request.Inside, request.IsV6);
        var port = layout.BlockSize == 0 ? TakeSingle(host, in request, out owner) : TakeFromBlocks(host, in request, out owner);
        if (_hosts[host].Used == 0)
        {
            FreeHost(host);
        }

        return port;
    }

    /// <summary>Says that a port taken from the owner is free again.</summary>
    public void Release(int owner)
    {
        if (owner < 0)
        {
            return;
        }

        if (layout.BlockSize == 0)
        {
            ReleaseHost(owner);
        }
        else if (--_blocks[owner].Used == 0)
        {
            FreeBlock(owner);
        }
    }

    private int TakeSingle(int host, in PortRequest request, out int owner)
    {
        owner = -1;
        if (_hosts[host].Used >= layout.MaximumPerHost)
        {
            return -1;
        }

        var port = ports.Take(request.Space, layout.First, layout.Last, request.Port, request.Fit);
        if (port >= 0)
        {
            _hosts[host].Used++;
            owner = host;
        }

        return port;
    }

    private int TakeFromBlocks(int host, in PortRequest request, out int owner)
    {
        for (var link = _hosts[host].FirstBlock; link != 0; link = _blocks[link - 1].Next)
        {
            owner = link - 1;
            var port = _blocks[owner].Address == request.Space.Address ? TakeFromBlock(owner, in request) : -1;
            if (port >= 0)
            {
                return port;
            }
        }

        owner = layout.MaximumPerHost == 0 || _hosts[host].Used < layout.MaximumPerHost ? TakeBlock(host, in request) : -1;
        return owner < 0 ? -1 : TakeFromBlock(owner, in request);
    }

    private int TakeFromBlock(int block, in PortRequest request)
    {
        var first = _blocks[block].Number << _blockBits;
        var start = first + (request.Port & (layout.BlockSize - 1));
        var port = ports.Take(request.Space, first, first + layout.BlockSize - 1, start, request.Fit);
        if (port >= 0)
        {
            _blocks[block].Used++;
        }

        return port;
    }

    /// <summary>Takes a block that has ports with the right low bits, and none that is in use since an earlier layout.</summary>
    private int TakeBlock(int host, in PortRequest request)
    {
        var space = new PortSpace(request.Space.Address, 0);
        var first = (layout.First + layout.BlockSize - 1) >> _blockBits;
        var last = ((layout.Last + 1) >> _blockBits) - 1;
        if (last < first)
        {
            return -1;
        }

        var start = first + (int)(StateHash.Address(request.Inside, 0, 0) % (ulong)(last - first + 1));
        var fit = new PortFit(request.Fit.Mask >> _blockBits, request.Fit.Residue >> _blockBits);
        var number = -1;
        for (var attempt = 0; number < 0 && attempt < StrayAttempts; attempt++)
        {
            var free = _blockNumbers.Take(space, first, last, start, fit);
            if (free < 0)
            {
                return -1;
            }

            if (HasStrays(request.Space.Address, free))
            {
                _blockNumbers.Free(space, free);
                start = free + 1;
            }
            else
            {
                number = free;
            }
        }

        if (number < 0)
        {
            return -1;
        }

        _blocks.TryAdd(out var block);
        _blocks[block] = new Block { Host = host, Address = request.Space.Address, Number = number, Next = _hosts[host].FirstBlock };
        _hosts[host].FirstBlock = block + 1;
        _hosts[host].Used++;
        return block;
    }

    private bool HasStrays(int address, int number)
    {
        var first = number << _blockBits;
        foreach (var protocol in Protocols)
        {
            if (ports.AnyTaken(new PortSpace(address, protocol), first, first + layout.BlockSize - 1))
            {
                return true;
            }
        }

        return false;
    }

    private void FreeBlock(int block)
    {
        var host = _blocks[block].Host;
        ref var link = ref _hosts[host].FirstBlock;
        while (link != block + 1)
        {
            link = ref _blocks[link - 1].Next;
        }

        link = _blocks[block].Next;
        _blockNumbers.Free(new PortSpace(_blocks[block].Address, 0), _blocks[block].Number);
        _blocks.Free(block);
        ReleaseHost(host);
    }

    private int FindOrAddHost(UInt128 address, bool isV6)
    {
        var hash = (uint)StateHash.Address(address, isV6 ? 1UL : 0, 0);
        for (var host = _hostIndex.First(hash); host >= 0; host = _hostIndex.Next(host))
        {
            if (_hosts[host].Address == address && _hosts[host].IsV6 == isV6)
            {
                return host;
            }
        }

        _hosts.TryAdd(out var added);
        _hosts[added] = new Host { Address = address, IsV6 = isV6 };
        _hostIndex.Add(hash, added);
        return added;
    }

    private void ReleaseHost(int host)
    {
        if (--_hosts[host].Used == 0)
        {
            FreeHost(host);
        }
    }

    private void FreeHost(int host)
    {
        _hostIndex.Remove(host);
        _hosts.Free(host);
    }

    private struct Host
    {
        public UInt128 Address;
        public int Used;
        public int FirstBlock; // block + 1, 0 for none
        public bool IsV6;
    }

    private struct Block
    {
        public int Host;
        public int Address;
        public int Number;
        public int Used;
        public int Next; // of the same host: block + 1, 0 for none
    }
}
