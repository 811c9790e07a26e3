using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>The configured switches, their connections and what was read from them. Thread-safe.</summary>
public sealed class SwitchDirectory : IRuleCounts
{
    private const int MostRemarks = 32;

    private readonly Lock _turn = new();
    private readonly TimeProvider _time;
    private readonly ILogger<SwitchDirectory> _log;
    private ImmutableSortedDictionary<string, SwitchState> _switches;
    private ImmutableDictionary<uint, uint> _rulesByChain = ImmutableDictionary<uint, uint>.Empty;

    /// <summary>Knows the configured switches; none is connected yet.</summary>
    public SwitchDirectory(ControllerConfiguration configuration, TimeProvider time, ILogger<SwitchDirectory> log)
    {
        _time = time;
        _log = log;
        var now = time.GetUtcNow();
        _switches = configuration.Switches.ToImmutableSortedDictionary(
            configured => configured.Name, configured => new SwitchState(configured, now), StringComparer.Ordinal);
    }

    /// <summary>A switch connected, was lost, or has other ports now: its name. Raised outside locks.</summary>
    public event Action<string>? Changed;

    /// <summary>All configured switches by name, as of now.</summary>
    public ImmutableSortedDictionary<string, SwitchState> Switches => Volatile.Read(ref _switches);

    /// <summary>The configured switch with a datapath id, or null.</summary>
    public ConfiguredSwitch? FindConfigured(ulong datapathId) =>
        Switches.Values.FirstOrDefault(candidate => candidate.Configuration.DatapathId == datapathId)?.Configuration;

    /// <summary>Notes that a switch connected.</summary>
    /// <returns>False when it is connected already by another connection, which goes on.</returns>
    public bool TryConnect(string name, ISwitchConnection connection, SwitchIdentity identity, IEnumerable<SwitchPortState> ports)
    {
        lock (_turn)
        {
            if (_switches[name].Connected)
            {
                return false;
            }

            _switches = _switches.SetItem(name, _switches[name] with
            {
                TransitionTime = _time.GetUtcNow(),
                Connection = connection,
                Identity = identity,
                Ports = ports.ToImmutableSortedDictionary(port => port.Number, port => port),
                Rules = null,
                Resources = null,
            });
        }

        SwitchLog.Connected(_log, name, identity.OpenFlowVersion, identity.Address, identity.Description);
        Changed?.Invoke(name);
        return true;
    }

    /// <summary>Notes that a connection is over.</summary>
    public void Disconnect(string name, ISwitchConnection connection, string reason)
    {
        lock (_turn)
        {
            if (!ReferenceEquals(_switches[name].Connection, connection))
            {
                return;
            }

            var now = _time.GetUtcNow();
            _switches = _switches.SetItem(name, _switches[name] with { TransitionTime = now, Connection = null, Rules = null, LastLoss = new LostSession(now, reason) });
            CountRules();
        }

        SwitchLog.Lost(_log, name, reason);
        Changed?.Invoke(name);
    }

    /// <summary>Notes this controller's role with a switch, unless its connection is another by now.</summary>
    public void SetRole(string name, ISwitchConnection connection, ControllerRole role)
    {
        lock (_turn)
        {
            if (!ReferenceEquals(_switches[name].Connection, connection) || _switches[name].Role == role)
            {
                return;
            }

            _switches = _switches.SetItem(name, _switches[name] with { Role = role });
        }

        Changed?.Invoke(name);
    }

    /// <summary>Notes a port that is new, changed or gone.</summary>
    public void SetPort(string name, uint number, SwitchPortState? port)
    {
        SwitchPortState? before;
        lock (_turn)
        {
            var ports = _switches[name].Ports;
            before = ports.GetValueOrDefault(number);
            _switches = _switches.SetItem(name, _switches[name] with { Ports = port is null ? ports.Remove(number) : ports.SetItem(number, port) });
        }

        var (wasUp, isUp) = (before is { LinkUp: true }, port is { LinkUp: true });
        if (wasUp && !isUp)
        {
            SwitchLog.PortDown(_log, name, number, before!.Name);
        }
        else if (isUp && !wasUp)
        {
            SwitchLog.PortUp(_log, name, number, port!.Name);
        }

        Changed?.Invoke(name);
    }

    /// <summary>Notes what rules a switch has, unless its connection is another by now.</summary>
    public void SetRules(string name, ISwitchConnection connection, IReadOnlyList<CountedRule> rules)
    {
        lock (_turn)
        {
            if (ReferenceEquals(_switches[name].Connection, connection))
            {
                _switches = _switches.SetItem(name, _switches[name] with { Rules = rules, ReadTime = _time.GetUtcNow() });
                CountRules();
            }
        }
    }

    /// <summary>Notes what meters and groups a switch is sure to have, unless its connection is another by now.</summary>
    public void SetResources(string name, ISwitchConnection connection, ResourceSet? resources)
    {
        lock (_turn)
        {
            if (ReferenceEquals(_switches[name].Connection, connection))
            {
                _switches = _switches.SetItem(name, _switches[name] with { Resources = resources });
            }
        }
    }

    /// <summary>Notes how the rules of a switch differ from what was in force. The same drift, seen again, is told once.</summary>
    public void SetDrift(string name, SwitchDrift drift)
    {
        ArgumentNullException.ThrowIfNull(drift);
        SwitchState state;
        bool isNew;
        lock (_turn)
        {
            var before = _switches[name];
            isNew = drift.Any && !(before.Drift is { } known && drift.IsSameAs(known));
            var isOver = !drift.Any && before is { Drift.Any: true, LastDrift: not null };
            state = before with
            {
                Drift = drift,
                LastDrift = isNew ? new SeenDrift(_time.GetUtcNow(), drift, false) : isOver ? before.LastDrift! with { IsRepaired = true } : before.LastDrift,
                DriftTotals = isNew ? before.DriftTotals.Plus(drift) : before.DriftTotals,
            };
            _switches = _switches.SetItem(name, state);
        }

        if (isNew)
        {
            var action = state.Configuration.DriftPolicy == DriftPolicy.Repair || drift.LostAll ? "it is put right" : "driftPolicy is alarm: it is left as it is";
            SwitchLog.Drifted(_log, name, drift.ToString(), action, drift.Examples.FirstOrDefault()?.Text ?? string.Empty);
        }
    }

    /// <summary>Notes that it is not known what rules a switch has.</summary>
    public void ForgetRules(string name, ISwitchConnection connection)
    {
        lock (_turn)
        {
            if (ReferenceEquals(_switches[name].Connection, connection))
            {
                _switches = _switches.SetItem(name, _switches[name] with { Rules = null });
            }
        }
    }

    /// <summary>Notes something about a switch that its operator should know; the same remark is kept once.</summary>
    public void Remark(string name, string remark)
    {
        lock (_turn)
        {
            var remarks = _switches[name].Remarks;
            if (remarks.Contains(remark))
            {
                return;
            }

            remarks = remarks.Length == MostRemarks ? remarks.RemoveAt(0) : remarks;
            _switches = _switches.SetItem(name, _switches[name] with { Remarks = remarks.Add(remark) });
        }

        SwitchLog.Remark(_log, name, remark);
    }

    /// <inheritdoc/>
    public uint RulesOf(uint chainNumber) => Volatile.Read(ref _rulesByChain).GetValueOrDefault(chainNumber);

    private void CountRules()
    {
        var counts = ImmutableDictionary.CreateBuilder<uint, uint>();
        foreach (var rule in _switches.Values.SelectMany(state => state.Rules ?? []))
        {
            if (Cookie.TryRead(rule.Rule.Cookie, out var cookie))
            {
                counts[cookie.Chain] = counts.GetValueOrDefault(cookie.Chain) + 1;
            }
        }

        _rulesByChain = counts.ToImmutable();
    }
}
