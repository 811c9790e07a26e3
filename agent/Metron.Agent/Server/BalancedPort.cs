using Metron.Agent.Configuration;
using Metron.Agent.Programs;
using Metron.Dataplane;
using Metron.Dataplane.Nics;
using Metron.Dataplane.Nics.Linux;
using Metron.Dataplane.Tags;
using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Server;

/// <summary>The port of a server that balances: a NIC whose indirection table spreads flow groups over the workers.</summary>
internal abstract class BalancedPort : ITagRules, IDisposable
{
    /// <summary>Its indirection table.</summary>
    public abstract INic Nic { get; }

    /// <summary>Number of flow groups.</summary>
    public abstract int FlowGroups { get; }

    /// <summary>Flow groups that the controller gives tags to; 1 where the device's hash spreads packets of a tag further.</summary>
    public abstract int TaggedGroups { get; }

    /// <summary>Fails when the NIC dies; never completes otherwise before the end.</summary>
    public virtual Task Completion => Task.Delay(Timeout.Infinite);

    /// <summary>Starts the workers, one per queue.</summary>
    public abstract Dataplane.Dataplane StartDataplane(DataplaneOptions options);

    /// <summary>A program as the dataplane shall run it.</summary>
    public virtual ResidualProgram Adapt(ResidualProgram program) => program;

    /// <inheritdoc/>
    public virtual void Add(ResidualProgram program)
    {
    }

    /// <inheritdoc/>
    public virtual void Remove(ResidualProgram program)
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}

/// <summary>A device without an indirection table, with one that is emulated in front of it: tags name flow groups.</summary>
internal sealed class EmulatedBalancedPort : BalancedPort
{
    private readonly EmulatedNic<TagPort<DpdkPort>> _nic;
    private readonly WireTags _tags;
    private readonly Lock _lock = new();
    private readonly List<ResidualProgram> _programs = [];

    /// <param name="configuration">How many workers, flow groups and descriptors.</param>
    /// <param name="device">The started device; it has one queue.</param>
    /// <param name="tags">Tags that the NIC does not read itself.</param>
    /// <exception cref="DpdkException">The NIC's thread cannot run on its core.</exception>
    public EmulatedBalancedPort(AgentConfiguration configuration, EthernetDevice device, WireTags tags)
    {
        _tags = tags;
        var (balancing, port) = (configuration.Balancing!, configuration.Ports[0]);
        FlowGroups = balancing.FlowGroups;
        _nic = EmulatedNic.Create(
            new EmulatedNicOptions
            {
                Queues = configuration.Workers.Count,
                IndirectionSize = balancing.FlowGroups,
                ReceiveDescriptors = EmulatedNicOptions.DescriptorsFor(port.ReceiveDescriptors),
                TransmitDescriptors = EmulatedNicOptions.DescriptorsFor(port.TransmitDescriptors),
                Core = balancing.NicCore,
                IdleSleep = configuration.Idle.Sleep,
                EmptyStepsBeforeSleep = configuration.Idle.PollsBeforeSleep,
            },
            new TagPort<DpdkPort>(DpdkPort.Open(device, queue: 0), tags));
        _nic.Start();
    }

    /// <inheritdoc/>
    public override INic Nic => _nic;

    /// <inheritdoc/>
    public override int FlowGroups { get; }

    /// <inheritdoc/>
    public override int TaggedGroups => FlowGroups;

    /// <inheritdoc/>
    public override Task Completion => _nic.Completion;

    /// <inheritdoc/>
    public override Dataplane.Dataplane StartDataplane(DataplaneOptions options) => Dataplane.Dataplane.Start(options, _nic.OpenQueues());

    /// <inheritdoc/>
    public override void Add(ResidualProgram program)
    {
        var localized = _tags.Localize(program);
        lock (_lock)
        {
            _nic.SetTags(TagsOf([.. _programs, localized]));
            _programs.Add(localized);
        }
    }

    /// <inheritdoc/>
    public override void Remove(ResidualProgram program)
    {
        lock (_lock)
        {
            List<ResidualProgram> left = [.. _programs.Where(other => (other.Chain, other.Revision) != (program.Chain, program.Revision))];
            _nic.SetTags(TagsOf(left));
            _programs.Clear();
            _programs.AddRange(left);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _nic.Dispose();
        base.Dispose();
    }

    private static TagGroups TagsOf(IReadOnlyList<ResidualProgram> programs) => new(Of(programs, TagKind.Vlan), Of(programs, TagKind.Mac));

    private static Dictionary<uint, ushort> Of(IReadOnlyList<ResidualProgram> programs, TagKind kind) => programs
        .Where(program => program.TagKind == kind)
        .SelectMany(program => program.IngressTags)
        .ToDictionary(tag => tag.Value, tag => (ushort)tag.Worker);
}

/// <summary>A NIC whose hash of addresses and ports is the flow group, whatever the tag.</summary>
internal abstract class HashedBalancedPort : BalancedPort
{
    /// <inheritdoc/>
    public override int FlowGroups => Nic.IndirectionSize;

    /// <inheritdoc/>
    public override int TaggedGroups => 1;

    /// <summary>To the controller the server has one flow group; here the hash says which of many it is.</summary>
    public override ResidualProgram Adapt(ResidualProgram program) =>
        program with { IngressTags = [.. program.IngressTags.Select(tag => tag with { Worker = IngressTag.AnyGroup })] };
}

/// <summary>A device that balances by itself: its RSS hash, and its own indirection table.</summary>
internal sealed class DeviceBalancedPort : HashedBalancedPort
{
    private readonly DpdkNic _nic;
    private readonly int _workers;
    private readonly WireTags _tags;

    /// <param name="configuration">How many workers and flow groups.</param>
    /// <param name="device">The started device, configured by <see cref="DpdkNic.Configure"/>; it has a queue for each worker.</param>
    /// <param name="tags">Tags that workers do not read themselves.</param>
    /// <exception cref="ConfigurationException">The device cannot do it, or has another number of entries.</exception>
    public DeviceBalancedPort(AgentConfiguration configuration, EthernetDevice device, WireTags tags)
    {
        _tags = tags;
        _workers = configuration.Workers.Count;
        try
        {
            _nic = DpdkNic.Open(device);
        }
        catch (NicException lacking)
        {
            throw new ConfigurationException([$"balancing.nic: is device, but {lacking.Message}; write emulated"]);
        }

        if (_nic.IndirectionSize != configuration.Balancing!.FlowGroups)
        {
            throw new ConfigurationException(
                [$"balancing.flowGroups: is {configuration.Balancing.FlowGroups}, but the indirection table of {device.Name} has {_nic.IndirectionSize} entries; write that"]);
        }
    }

    /// <inheritdoc/>
    public override INic Nic => _nic;

    /// <summary>What is odd about the table that the driver began with, in sentences.</summary>
    public IReadOnlyList<string> Findings => _nic.Findings;

    /// <inheritdoc/>
    public override Dataplane.Dataplane StartDataplane(DataplaneOptions options) =>
        Dataplane.Dataplane.Start(options with { Hash = _nic.Hash }, Enumerable.Range(0, _workers).Select(queue => new TagPort<DpdkPort>(_nic.OpenPort(queue), _tags)).ToArray());
}

/// <summary>An interface of the kernel, which balances by eBPF: packet sockets are the queues, without a driver of DPDK.</summary>
internal sealed class LinuxBalancedPort : HashedBalancedPort
{
    private readonly LinuxNic _nic;
    private readonly WireTags _tags;

    /// <param name="configuration">How many workers and flow groups; the port's device is the interface's name.</param>
    /// <param name="pool">Where mbufs come from.</param>
    /// <param name="tags">Tags that workers do not read themselves.</param>
    /// <exception cref="ConfigurationException">There is no such interface, or the kernel refuses something.</exception>
    public LinuxBalancedPort(AgentConfiguration configuration, MbufPool pool, WireTags tags)
    {
        _tags = tags;
        try
        {
            _nic = LinuxNic.Open(new LinuxNicOptions
            {
                Interface = configuration.Ports[0].Device,
                Pool = pool,
                Queues = configuration.Workers.Count,
                IndirectionSize = configuration.Balancing!.FlowGroups,
            });
        }
        catch (NicException refused)
        {
            throw new ConfigurationException([$"ports[0].device: {refused.Message}"]);
        }
    }

    /// <inheritdoc/>
    public override INic Nic => _nic;

    /// <inheritdoc/>
    public override Dataplane.Dataplane StartDataplane(DataplaneOptions options) =>
        Dataplane.Dataplane.Start(options with { Hash = _nic.Hash }, Enumerable.Range(0, _nic.Queues).Select(queue => new TagPort<LinuxQueue>(_nic.GetQueue(queue), _tags)).ToArray());

    /// <inheritdoc/>
    public override void Dispose()
    {
        _nic.Dispose();
        base.Dispose();
    }
}
