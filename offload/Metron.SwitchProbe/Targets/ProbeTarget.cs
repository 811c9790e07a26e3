using System.Net;
using System.Net.Sockets;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Where the switch is: it is connected to, or it connects. Each connection is a new one.</summary>
public abstract class ProbeTarget : IAsyncDisposable
{
    private readonly OpenFlowTls? _tls;

    private protected ProbeTarget(OpenFlowTls? tls) => _tls = tls;

    /// <summary>A switch that waits for its controller.</summary>
    /// <param name="endPoint">Its address or name, and its port.</param>
    /// <param name="tls">Own certificate and authority; null for plain TCP.</param>
    public static ProbeTarget Connect(EndPoint endPoint, OpenFlowTls? tls = null) =>
        new ConnectTarget(endPoint, tls);

    /// <summary>A switch that connects to its controller: waits for it here.</summary>
    /// <param name="endPoint">Address and port to listen on; port 0 takes a free one.</param>
    /// <param name="tls">Own certificate and authority; null for plain TCP.</param>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public static ProbeTarget Listen(IPEndPoint endPoint, OpenFlowTls? tls = null) =>
        new ListenTarget(endPoint, tls);

    /// <summary>Whether the switch connects by itself, so that each new connection has to be waited for.</summary>
    internal abstract bool IsListening { get; }

    /// <summary>Address of the switch, or the address that it is waited for at.</summary>
    public abstract EndPoint EndPoint { get; }

    /// <summary>A new connection.</summary>
    internal async Task<(Stream Stream, EndPoint? Peer)> OpenAsync(CancellationToken cancellation)
    {
        var socket = await OpenSocketAsync(cancellation);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var peer = socket.RemoteEndPoint;
            socket.NoDelay = true;
            return (_tls is null ? stream : IsListening ? await _tls.AcceptAsync(stream, cancellation) : await _tls.ConnectAsync(stream, cancellation), peer);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private protected abstract Task<Socket> OpenSocketAsync(CancellationToken cancellation);

    private sealed class ConnectTarget(EndPoint endPoint, OpenFlowTls? tls) : ProbeTarget(tls)
    {
        internal override bool IsListening => false;

        public override EndPoint EndPoint => endPoint;

        public override ValueTask DisposeAsync() => default;

        private protected override async Task<Socket> OpenSocketAsync(CancellationToken cancellation)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(endPoint, cancellation);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private sealed class ListenTarget : ProbeTarget
    {
        private readonly Socket _socket;

        public ListenTarget(IPEndPoint endPoint, OpenFlowTls? tls)
            : base(tls)
        {
            _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                _socket.Bind(endPoint);
                _socket.Listen();
                EndPoint = _socket.LocalEndPoint!;
            }
            catch
            {
                _socket.Dispose();
                throw;
            }
        }

        internal override bool IsListening => true;

        public override EndPoint EndPoint { get; }

        public override ValueTask DisposeAsync()
        {
            _socket.Dispose();
            return default;
        }

        private protected override Task<Socket> OpenSocketAsync(CancellationToken cancellation) => _socket.AcceptAsync(cancellation).AsTask();
    }
}
