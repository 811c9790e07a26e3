using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <summary>The bindings of one NAPT on one worker; outlives revisions of its configuration.</summary>
internal sealed class NaptState
{
    private readonly ulong _seed;
    private readonly HashIndex _inside = new();
    private readonly HashIndex _outside = new();
    private readonly OutsidePorts _ports = new();
    private readonly TransientRecords _transient = new();
    private PortAccounts _accounts;

    public NaptState(WorkerResources resources, PortLayout layout)
    {
        _seed = resources.HashSeed;
        _accounts = new PortAccounts(layout, _ports);
        Table = new StateTable<Binding>(resources.MaximumConnections);
    }

    /// <summary>The bindings.</summary>
    public StateTable<Binding> Table { get; }

    /// <summary>The outside addresses that bindings name.</summary>
    public OutsideAddresses Addresses { get; } = new();

    /// <summary>Number of the newest configuration.</summary>
    public int Generation { get; set; }

    /// <summary>Number of the present way of giving ports to hosts.</summary>
    public int LayoutGeneration { get; private set; }

    /// <summary>Bindings made so far.</summary>
    public long Created { get; private set; }

    /// <summary>Bindings of TCP connections that were not established, or over, and made room for new ones.</summary>
    public long Evicted => _transient.Evicted;

    /// <summary>Number of port blocks given to hosts.</summary>
    public int BlockCount => _accounts.BlockCount;

    /// <summary>
    /// Changes how ports are given to hosts. Bindings keep their ports, but do not count against the new limits; blocks that such a port
    /// lies in are given to nobody until it is free.
    /// </summary>
    public void ChangeLayout(PortLayout to)
    {
        if (_accounts.Layout != to)
        {
            _accounts = new PortAccounts(to, _ports);
            LayoutGeneration++;
        }
    }

    /// <summary>Asks the CPU for where the binding of an inside endpoint is looked for.</summary>
    public void PrefetchInside(IpAddress address, byte protocol, ushort port) =>
        _inside.Prefetch(InsideHash(address.Value, protocol, port));

    /// <summary>Asks the CPU for what taking a port and adding its binding touch.</summary>
    public void PrefetchBinding(PortSpace space, ushort port)
    {
        _outside.Prefetch(OutsideHash(space.Address, space.Protocol, port));
        _ports.Prefetch(space, port);
    }

    /// <summary>Asks the CPU for where the binding of an outside endpoint is looked for.</summary>
    public void PrefetchOutside(IpAddress address, byte protocol, ushort port)
    {
        var index = Addresses.Find(address);
        if (index >= 0)
        {
            _outside.Prefetch(OutsideHash(index, protocol, port));
        }
    }

    /// <summary>The binding of an inside endpoint; -1 when there is none.</summary>
    public int FindInside(IpAddress address, byte protocol, ushort port)
    {
        for (var record = _inside.First(InsideHash(address.Value, protocol, port)); record >= 0; record = _inside.Next(record))
        {
            ref var binding = ref Table[record];
            if (binding.Inside == address.Value
                && binding.IsV6 == address.IsV6
                && binding.InsidePort == port
                && binding.Protocol == protocol
                && !Table.IsCondemned(record))
            {
                return record;
            }
        }

        return -1;
    }

    /// <summary>The binding of an outside endpoint; -1 when there is none.</summary>
    public int FindOutside(IpAddress address, byte protocol, ushort port)
    {
        var index = Addresses.Find(address);
        if (index < 0)
        {
            return -1;
        }

        for (var record = _outside.First(OutsideHash(index, protocol, port)); record >= 0; record = _outside.Next(record))
        {
            ref var binding = ref Table[record];
            if (binding.Address == index && binding.OutsidePort == port && binding.Protocol == protocol && !Table.IsCondemned(record))
            {
                return record;
            }
        }

        return -1;
    }

    /// <summary>Makes a binding.</summary>
    /// <param name="request">Who wants it, and at which outside address.</param>
    /// <param name="layoutGeneration">The way of giving ports that the caller knows; when it is not the present one, a port is taken from
    /// <paramref name="fallback"/> without counting it.</param>
    /// <param name="fallback">The layout that the caller knows.</param>
    /// <param name="now">Worker time in milliseconds.</param>
    /// <param name="idleMilliseconds">How long the binding may be idle.</param>
    /// <param name="stateOwner">Releases the binding that gives way when the table is full.</param>
    /// <param name="reason">Why there is none, when there is none.</param>
    /// <returns>-1 when no port is free or the table is full.</returns>
    public int Add(
        in PortRequest request, int layoutGeneration, PortLayout fallback, long now, long idleMilliseconds, IStateOwner stateOwner, out DropReason reason)
    {
        reason = DropReason.TableFull;
        if (!Table.TryAdd(now, idleMilliseconds, out var record)
            && !(_transient.TryEvict(Table, stateOwner) && Table.TryAdd(now, idleMilliseconds, out record)))
        {
            return -1;
        }

        var owner = -1;
        var port = layoutGeneration == LayoutGeneration
            ? _accounts.Take(in request, out owner)
            : _ports.Take(request.Space, fallback.First, fallback.Last, request.Port, request.Fit);
        if (port < 0)
        {
            Table.Free(record);
            reason = DropReason.PortsExhausted;
            return -1;
        }

        Table[record] = new Binding
        {
            Inside = request.Inside,
            IsV6 = request.IsV6,
            InsidePort = request.Port,
            Address = request.Space.Address,
            OutsidePort = (ushort)port,
            Protocol = request.Space.Protocol,
            Owner = owner,
            Layout = LayoutGeneration,
        };
        _inside.Add(InsideHash(request.Inside, request.Space.Protocol, request.Port), record);
        _outside.Add(OutsideHash(request.Space.Address, request.Space.Protocol, (ushort)port), record);
        if (request.Space.Protocol == IpProtocol.Tcp)
        {
            _transient.Opened(record);
        }

        Created++;
        return record;
    }

    /// <summary>Says that the TCP connection of a binding is now in another state.</summary>
    public void Changed(int record, TcpTracking state) => _transient.Changed(record, state);

    /// <summary>Takes a binding out of the indexes and frees its port; the table frees the record.</summary>
    public void Release(int record)
    {
        ref var binding = ref Table[record];
        _transient.Remove(record);
        _inside.Remove(record);
        _outside.Remove(record);
        _ports.Free(new PortSpace(binding.Address, binding.Protocol), binding.OutsidePort);
        if (binding.Layout == LayoutGeneration)
        {
            _accounts.Release(binding.Owner);
        }
    }

    private uint InsideHash(UInt128 address, byte protocol, ushort port) =>
        (uint)StateHash.Address(address, (ulong)protocol << 16 | port, _seed);

    private uint OutsideHash(int address, byte protocol, ushort port) =>
        StateHash.Mix((uint)address, (ulong)protocol << 16 | port, _seed);
}
