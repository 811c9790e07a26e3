using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Metron.Controller.Store;

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
            server => new ServerState(server.Name, V1.ServerResources.Parser.ParseFrom(server.Resources.Span), false, server.TransitionTime),
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
            _store.Put(new StoredServer(registration.Server, registration.Resources.ToByteArray(), now));
            _sessions.Remove(registration.Server, out replaced);
            _sessions[registration.Server] = session;
            _servers = _servers.SetItem(registration.Server, new ServerState(registration.Server, registration.Resources, true, now)
            {
                Deployed = [.. registration.DeployedChains.Select(DeployedProgram.From)],
            });
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
            var lost = _servers[session.Server] with { Connected = false, TransitionTime = now };
            _servers = _servers.SetItem(session.Server, lost);
            _store.Put(new StoredServer(session.Server, lost.Resources.ToByteArray(), now));
        }

        AgentLog.Lost(_log, session.Server, reason);
        Changed?.Invoke(session.Server);
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
