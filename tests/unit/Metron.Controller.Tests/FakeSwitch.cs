using System.Collections.Concurrent;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Tests;

/// <summary>A switch in memory: adds, replaces and deletes rules as OpenFlow says, and refuses what it is told to refuse.</summary>
internal sealed class FakeSwitch : ISwitchConnection
{
    private readonly Lock _turn = new();
    private readonly Dictionary<(byte Table, ushort Priority, Match Match), (FlowMod Rule, ulong Packets)> _rules = [];
    private readonly List<IReadOnlyList<FlowMod>> _batches = [];
    private readonly List<ChangePace> _paces = [];

    /// <summary>The switch's error for a message; null to take it.</summary>
    public Func<FlowMod, string?> Refuse { get; set; } = _ => null;

    /// <summary>Most rules of a table; more are refused.</summary>
    public Dictionary<byte, int> Capacity { get; } = [];

    /// <summary>Runs before each batch is carried out.</summary>
    public Func<Task> BeforeApply { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs with each batch as it is carried out.</summary>
    public Action<IReadOnlyList<FlowMod>> OnBatch { get; set; } = _ => { };

    /// <summary>Whether it says that it has bundles.</summary>
    public bool HasBundles { get; init; }

    public IReadOnlyList<FlowMod> Rules
    {
        get
        {
            lock (_turn)
            {
                return [.. _rules.Values.Select(entry => entry.Rule)];
            }
        }
    }

    /// <summary>How fast what was not sent at once was to be sent, in order.</summary>
    public IReadOnlyList<ChangePace> Paces
    {
        get
        {
            lock (_turn)
            {
                return [.. _paces];
            }
        }
    }

    /// <summary>What was sent between barriers, in order.</summary>
    public IReadOnlyList<IReadOnlyList<FlowMod>> Batches
    {
        get
        {
            lock (_turn)
            {
                return [.. _batches];
            }
        }
    }

    public void Connect(ControllerUnderTest controller, params uint[] ports) => Assert.True(controller.Switches.TryConnect(
        "br0",
        this,
        new SwitchIdentity("1.4", "a switch in memory", "127.0.0.1:1") { HasBundles = HasBundles },
        (ports.Length == 0 ? [1, 2, 3, 4, 101, 102, 111, 112] : ports).Select(port => new SwitchPortState(port, $"p{port}", "02:00:00:00:00:01", true))));

    public void Forget()
    {
        lock (_turn)
        {
            _rules.Clear();
        }
    }

    /// <summary>Changes rules behind the controller's back; null removes one.</summary>
    public void Tamper(Func<FlowMod, FlowMod?> change)
    {
        lock (_turn)
        {
            foreach (var (key, entry) in _rules.ToList())
            {
                if (change(entry.Rule) is { } changed)
                {
                    _rules[key] = (changed, entry.Packets);
                }
                else
                {
                    _rules.Remove(key);
                }
            }
        }
    }

    /// <summary>Adds a rule behind the controller's back.</summary>
    public void Slip(FlowMod rule)
    {
        lock (_turn)
        {
            _rules[(rule.Table, rule.Priority, rule.Match.Canonical())] = (rule, 0);
        }
    }

    public void Count(Func<FlowMod, bool> which, ulong packets)
    {
        lock (_turn)
        {
            foreach (var (key, entry) in _rules.Where(pair => which(pair.Value.Rule)).ToList())
            {
                _rules[key] = (entry.Rule, packets);
            }
        }
    }

    public Task<IReadOnlyList<CountedRule>> ReadRulesAsync(FlowFilter filter, CancellationToken cancellation)
    {
        lock (_turn)
        {
            return Task.FromResult<IReadOnlyList<CountedRule>>([.. _rules.Values
                .Where(entry => (entry.Rule.Cookie & filter.CookieMask) == (filter.Cookie & filter.CookieMask))
                .Select(entry => new CountedRule(
                    new InstalledRule(entry.Rule.Table, entry.Rule.Priority, entry.Rule.Match, entry.Rule.Cookie, entry.Rule.Instructions),
                    entry.Packets,
                    entry.Packets * 100))]);
        }
    }

    /// <summary>What was sent as bundles, in order; also among <see cref="Batches"/>.</summary>
    public ConcurrentQueue<IReadOnlyList<FlowMod>> Bundles { get; } = [];

    public async Task<IReadOnlyList<RefusedRule>> ApplyAtOnceAsync(IReadOnlyList<FlowMod> messages, CancellationToken cancellation)
    {
        Bundles.Enqueue(messages);
        var refused = messages.Where(message => Refuse(message) is not null).Select(message => new RefusedRule(message, Refuse(message)!)).ToList();
        if (refused.Count > 0)
        {
            return refused;
        }

        Dictionary<(byte Table, ushort Priority, Match Match), (FlowMod Rule, ulong Packets)> before;
        lock (_turn)
        {
            before = new(_rules);
        }

        var tooMany = await ApplyAsync(messages, ChangePace.BesideTraffic, cancellation);
        lock (_turn)
        {
            if (tooMany.Count > 0)
            {
                _rules.Clear();
                foreach (var (key, entry) in before)
                {
                    _rules[key] = entry;
                }
            }
        }

        return tooMany;
    }

    public async Task<IReadOnlyList<RefusedRule>> ApplyAsync(IReadOnlyList<FlowMod> messages, ChangePace pace, CancellationToken cancellation)
    {
        await BeforeApply();
        var refused = new List<RefusedRule>();
        lock (_turn)
        {
            _batches.Add(messages);
            _paces.Add(pace);
            OnBatch(messages);
            foreach (var message in messages)
            {
                var key = (message.Table, message.Priority, message.Match.Canonical());
                if (Refuse(message) is { } error)
                {
                    refused.Add(new RefusedRule(message, error));
                }
                else if (message.Command == FlowModCommand.Add && !_rules.ContainsKey(key)
                    && Capacity.TryGetValue(message.Table, out var most) && _rules.Keys.Count(of => of.Table == message.Table) >= most)
                {
                    refused.Add(new RefusedRule(message, "OFPFMFC_TABLE_FULL") { Code = OpenFlowErrorCode.FlowTableFull });
                }
                else if (message.Command == FlowModCommand.Add)
                {
                    _rules[key] = (message, 0);
                }
                else if (message.Command == FlowModCommand.DeleteStrict && _rules.TryGetValue(key, out var present) && present.Rule.Cookie == message.Cookie)
                {
                    _rules.Remove(key);
                }
            }
        }

        return refused;
    }
}
