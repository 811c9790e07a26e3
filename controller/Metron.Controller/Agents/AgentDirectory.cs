using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Agents;

/// <summary>The servers that have been seen, what they run, and the sessions of their agents. Thread-safe.</summary>
public sealed class AgentDirectory
{
    private readonly Lock _turn = new();
    private readonly ServerStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<AgentDirectory> _log;
    private readonly Dictionary<string, AgentSession> _sessions = new(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, ServerState> _servers;

    /// <summary>Loads the servers seen before; none is connected yet.</summary>
    public AgentDirectory(ServerStore store, TimeProvider time, ILogger<AgentDirectory> log)
    {
        _store = store;
        _time = time;
        _log = log;
        _servers = store.Servers().ToImmutableSortedDictionary(
            server => server.Name,
            server => new ServerState(server.Name, V1.ServerResources.Parser.ParseFrom(server.Resources.Span), false, server.TransitionTime) { Use = server.Use },
            StringComparer.Ordinal);
    }

    /// <summary>A server connected, was lost, or runs something else now. Raised outside locks, with the server's name.</summary>
    public event Action<string>? Changed;

    /// <summary>An agent reported its load. Raised outside locks.</summary>
    public event Action<V1.ServerLoad>? LoadReported;

    /// <summary>All servers by name, as of now.</summary>
    public ImmutableSortedDictionary<string, ServerState> Servers => Volatile.Read(ref _servers);

    /// <summary>The session of a server's agent, while it is connected.</summary>
    public bool TryGetSession(string server, [NotNullWhen(true)] out AgentSession? session)
    {
        lock (_turn)
        {
            return _sessions.TryGetValue(server, out session);
        }
    }

    /// <summary>Takes a registration: the server is connected by this session from now on; an older session of it is ended.</summary>
    public AgentSession Register(V1.Registration registration)
    {
        var session = new AgentSession(registration.Server, _time);
        var now = _time.GetUtcNow();
        AgentSession? replaced;
        lock (_turn)
        {
            var state = new ServerState(registration.Server, registration.Resources, true, now)
            {
                Use = _servers.TryGetValue(registration.Server, out var known) ? known.Use : ServerUse.InUse,
                Deployed = [.. registration.DeployedChains.Select(DeployedProgram.From)],
            };
            _store.Put(state.ToStored());
            _sessions.Remove(registration.Server, out replaced);
            _sessions[registration.Server] = session;
            _servers = _servers.SetItem(registration.Server, state);
        }

        if (replaced is not null)
        {
            AgentLog.Replaced(_log, registration.Server);
            replaced.End(replaced: true);
        }

        AgentLog.Registered(
            _log, registration.Server, registration.Resources.AgentVersion, registration.Resources.Workers.Count, registration.DeployedChains.Count);
        Changed?.Invoke(registration.Server);
        return session;
    }

    /// <summary>Notes that a session is over; what the server ran is remembered.</summary>
    public void Unregister(AgentSession session, string reason)
    {
        session.End(replaced: false);
        lock (_turn)
        {
            if (!_sessions.TryGetValue(session.Server, out var current) || !ReferenceEquals(current, session))
            {
                return;
            }

            _sessions.Remove(session.Server);
            var now = _time.GetUtcNow();
            var lost = _servers[session.Server] with { Connected = false, IsLost = true, TransitionTime = now };
            _servers = _servers.SetItem(session.Server, lost);
            _store.Put(lost.ToStored());
        }

        AgentLog.Lost(_log, session.Server, reason);
        Changed?.Invoke(session.Server);
    }

    /// <summary>Sets what the operator wants of a server, in the store first.</summary>
    /// <returns>The server as it is then; null for one that was never seen.</returns>
    public ServerState? SetUse(string name, ServerUse use)
    {
        ServerState changed;
        lock (_turn)
        {
            if (!_servers.TryGetValue(name, out var server) || server.Use == use)
            {
                return server;
            }

            changed = server with { Use = use };
            _store.Put(changed.ToStored());
            _servers = _servers.SetItem(name, changed);
        }

        AgentLog.UseSet(_log, name, use);
        Changed?.Invoke(name);
        return changed;
    }

    /// <summary>Looks at the signs of life of all agents.</summary>
    /// <param name="longest">How long a connected agent may be silent.</param>
    /// <param name="isGraceOver">Whether agents that have not come back since the controller started are not waited for any more.</param>
    internal void LookForSilence(TimeSpan longest, bool isGraceOver)
    {
        List<(string Server, bool IsLost)>? changed = null;
        lock (_turn)
        {
            foreach (var server in _servers.Values)
            {
                var isLost = _sessions.TryGetValue(server.Name, out var session) ? session.IsSilent(longest) : server.IsLost || isGraceOver;
                if (isLost != server.IsLost)
                {
                    _servers = _servers.SetItem(server.Name, server with { IsLost = isLost });
                    (changed ??= []).Add((server.Name, isLost));
                }
            }
        }

        foreach (var (server, isLost) in changed ?? [])
        {
            AgentLog.LossChanged(_log, server, isLost ? "gives no sign of life; its chains go elsewhere, where another server can take them" : "gives signs of life again");
            Changed?.Invoke(server);
        }
    }

    /// <summary>Notes that a program was deployed.</summary>
    public void NoteDeployed(AgentSession session, DeployedProgram program) =>
        Change(session, server => server with { Deployed = [.. server.Deployed.Where(p => !p.IsRevision(program.Chain, program.Revision)), program] });

    /// <summary>Notes that a program was undeployed.</summary>
    public void NoteUndeployed(AgentSession session, string chain, long revision) =>
        Change(session, server => server with { Deployed = [.. server.Deployed.Where(p => !p.IsRevision(chain, revision))] });

    /// <summary>Takes a load report.</summary>
    public void Report(AgentSession session, V1.ServerLoad load)
    {
        load.Server = session.Server;
        lock (_turn)
        {
            if (!_sessions.TryGetValue(session.Server, out var current) || !ReferenceEquals(current, session))
            {
                return;
            }

            _servers = _servers.SetItem(session.Server, _servers[session.Server] with { Load = load });
        }

        LoadReported?.Invoke(load);
    }

    private void Change(AgentSession session, Func<ServerState, ServerState> change)
    {
        lock (_turn)
        {
            if (!_sessions.TryGetValue(session.Server, out var current) || !ReferenceEquals(current, session))
            {
                return;
            }

            _servers = _servers.SetItem(session.Server, change(_servers[session.Server]));
        }

        Changed?.Invoke(session.Server);
    }
}
