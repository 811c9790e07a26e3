using System.Net;
using System.Net.Sockets;

namespace Metron.OpenFlow.Tests.Negotiation;

/// <summary>A switch that says exactly what a test tells it to, over a loopback socket.</summary>
internal sealed class ScriptedPeer : IDisposable
{
    private readonly TcpClient _client;

    private ScriptedPeer(TcpClient client, Stream? stream = null)
    {
        _client = client;
        _client.NoDelay = true;
        Stream = stream ?? client.GetStream();
    }

    public Stream Stream { get; }

    /// <summary>Connects to a controller, by TLS when given.</summary>
    public static async Task<ScriptedPeer> ConnectAsync(IPEndPoint controller, OpenFlowTls? tls = null)
    {
        var client = new TcpClient();
        await client.ConnectAsync(controller);
        return new ScriptedPeer(client, tls is null ? null : await tls.ConnectAsync(client.GetStream(), Deadline()));
    }

    /// <summary>Takes the next connection of a controller.</summary>
    public static async Task<ScriptedPeer> AcceptAsync(TcpListener listener, OpenFlowTls? tls = null)
    {
        var client = await listener.AcceptTcpClientAsync(Deadline());
        return new ScriptedPeer(client, tls is null ? null : await tls.AcceptAsync(client.GetStream(), Deadline()));
    }

    /// <summary>A token for the longest that anything in these tests may take.</summary>
    public static CancellationToken Deadline() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    public Task SendAsync(byte[] bytes) => Stream.WriteAsync(bytes, Deadline()).AsTask();

    public Task SendAsync(OpenFlowMessage message, uint transaction, OpenFlowVersion version = OpenFlowVersion.OpenFlow13) =>
        SendAsync(OpenFlowCodec.Encode(message, version, transaction));

    /// <summary>The next message's bytes; null when the controller has closed.</summary>
    public async Task<byte[]?> ReceiveBytesAsync()
    {
        var header = new byte[OpenFlowCodec.HeaderLength];
        try
        {
            if (await Stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, Deadline()) < header.Length)
            {
                return null;
            }

            var message = new byte[(header[2] << 8) | header[3]];
            header.CopyTo(message, 0);
            await Stream.ReadExactlyAsync(message.AsMemory(header.Length), Deadline());
            return message;
        }
        catch (IOException)
        {
            // A reset is a close, too.
            return null;
        }
    }

    /// <summary>The next message.</summary>
    public async Task<OpenFlowFrame> ReceiveAsync() =>
        OpenFlowCodec.Decode(await ReceiveBytesAsync() ?? throw new IOException("the controller closed"));

    /// <summary>The next message, which must be of this type.</summary>
    public async Task<(TMessage Message, uint Transaction)> ReceiveAsync<TMessage>()
        where TMessage : OpenFlowMessage
    {
        var frame = await ReceiveAsync();
        return (Assert.IsType<TMessage>(frame.Message), frame.TransactionId);
    }

    /// <summary>Completes when the controller has closed.</summary>
    public async Task WaitForCloseAsync()
    {
        while (await ReceiveBytesAsync() is not null)
        {
            // What was still under way does not matter.
        }
    }

    /// <summary>Greets the controller as a correct switch.</summary>
    public async Task GreetAsync(OpenFlowVersion version = OpenFlowVersion.OpenFlow13, ulong datapathId = 7)
    {
        await ReceiveAsync<Hello>();
        await SendAsync(Hello.WithVersions(VersionSet.Of(version)), 100, version);
        await AnswerFeaturesAsync(version, datapathId);
    }

    public async Task AnswerFeaturesAsync(OpenFlowVersion version, ulong datapathId = 7)
    {
        var (_, transaction) = await ReceiveAsync<FeaturesRequest>();
        await SendAsync(new FeaturesReply { DatapathId = datapathId, TableCount = 254 }, transaction, version);
    }

    public void Dispose()
    {
        Stream.Dispose();
        _client.Dispose();
    }
}
